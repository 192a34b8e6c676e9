import { closestNames, UsageError } from "../errors.ts";

/**
 * Which parameter names a group takes. A string is a name, the name of a whole subtree ("layers.0"), or a pattern in which
 * `*` stands for anything within one part between dots and `**` for anything.
 */
export type NamePattern = string | RegExp | ((name: string) => boolean);

/**
 * The index of the first matching group for each name. Throws `UsageError` when a group gets no name, naming the closest ones
 * or the groups that were earlier, and when a name gets no group.
 */
export function assignGroups(
  names: readonly string[],
  groups: readonly { readonly match: NamePattern }[],
): Map<string, number> {
  const matchers = groups.map(({ match }) => matcher(match));
  const groupOf = new Map<string, number>();
  const homeless: string[] = [];
  for (const name of names) {
    const group = matchers.findIndex((matches) => matches(name));
    if (group >= 0) groupOf.set(name, group);
    else homeless.push(name);
  }
  const taken = new Set(groupOf.values());
  groups.forEach(({ match }, group) => {
    if (!taken.has(group)) throw emptyGroup(match, names, names.filter(matchers[group]), groupOf);
  });
  if (homeless.length > 0) {
    throw new UsageError(
      `No parameter group matches ${list(homeless)}. Add a group for ${homeless.length === 1 ? "it" : "them"}, or a last one with match: "**"; lr: 0 freezes.`,
    );
  }
  return groupOf;
}

function matcher(pattern: NamePattern): (name: string) => boolean {
  if (typeof pattern === "function") return pattern;
  if (typeof pattern !== "string") return (name) => name.search(pattern) >= 0;
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^.]*" : part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")))
    .join("");
  const expression = new RegExp(`^${source}(\\..*)?$`, "s");
  return (name) => expression.test(name);
}

function emptyGroup(
  match: NamePattern,
  names: readonly string[],
  matched: readonly string[],
  groupOf: ReadonlyMap<string, number>,
): UsageError {
  const shown = typeof match === "string" ? `"${match}"` : typeof match === "function" ? "a function" : String(match);
  if (matched.length > 0) {
    const earlier = [...new Set(matched.map((name) => groupOf.get(name)))].join(", ");
    return new UsageError(
      `The parameter group ${shown} gets nothing: ${list(matched)} went to an earlier group (index ${earlier}). Put the narrower group first.`,
    );
  }
  const close = typeof match === "string" ? closestNames(match, names) : [];
  const hint = close.length > 0 ? ` Did you mean ${list(close)}?` : "";
  return new UsageError(`The parameter group ${shown} matches no parameter.${hint} Parameters: ${list(names)}.`);
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `"${name}"`);
  return names.length > 20 ? `${shown.join(", ")} and ${names.length - 20} more` : shown.join(", ");
}
