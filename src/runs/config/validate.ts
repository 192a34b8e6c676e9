import { z } from "zod";
import { UsageError, unknownName } from "../../errors.ts";
import { valueAt } from "./tree.ts";

/**
 * `input` as `schema` wants it, defaults filled in.
 *
 * @throws UsageError naming each dotted path with its value, what was expected, and for an unknown path the closest ones
 */
export function validate<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.code === "unrecognized_keys") {
      const path = [...issue.path, issue.keys[0]].join(".");
      throw unknownName("option", path, optionPaths(schema, issue.path.map(String)));
    }
  }
  const problems = parsed.error.issues.map((issue) => {
    const { path } = issue;
    const value = valueAt(input, path);
    const misspelt = issue.code === "invalid_union" ? unknownChoice(path.join("."), value, issue) : undefined;
    if (misspelt) throw misspelt;
    return `${path.join(".")} is ${JSON.stringify(value) ?? "missing"}: ${expectation(issue)}`;
  });
  throw new UsageError(`${what} is not valid: ${problems.join("; ")}. Correct it with --set PATH=VALUE.`);
}

type Union = z.core.$ZodIssueInvalidUnion;

/** What would have been right; of a choice between kinds, what would have been right for each. */
function expectation(issue: z.core.$ZodIssue): string {
  const inner = issue.code === "invalid_union" ? issue.errors.flat() : [];
  if (inner.length > 0) return [...new Set(inner.map(expectation))].join(", or ");
  return issue.message.replace(/^Invalid (input|option): /, "");
}

/** For a name, alone or as the `name` of an object, where a choice takes only certain ones. */
function unknownChoice(path: string, value: unknown, { errors }: Union): UsageError | undefined {
  const isText = typeof value === "string";
  const name = isText ? value : (value as { name?: unknown } | null | undefined)?.name;
  if (typeof name !== "string") return undefined;
  const place = isText ? path : `${path}.name`;
  const wrong = errors
    .flat()
    .find((issue) => issue.code === "invalid_value" && issue.path.join(".") === (isText ? "" : "name"));
  if (wrong?.code !== "invalid_value" || wrong.values.length < 2) return undefined;
  return unknownName(place, name, wrong.values.map(String));
}

/** The dotted paths of the options in the object at `path`; below an object without a fixed shape, of its parent. */
export function optionPaths(schema: z.ZodType, path: readonly string[]): string[] {
  let level = unwrap(schema);
  const reached: string[] = [];
  for (const key of path) {
    const next = level instanceof z.ZodObject ? level.shape[key] : undefined;
    if (next === undefined || !(unwrap(next) instanceof z.ZodObject)) break;
    level = unwrap(next);
    reached.push(key);
  }
  if (!(level instanceof z.ZodObject)) return [];
  return Object.keys(level.shape).map((key) => [...reached, key].join("."));
}

/** The schema inside `.optional()`, `.default()`, `.nullable()` and `.prefault()`. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while ("innerType" in inner._zod.def) inner = inner._zod.def.innerType as z.core.$ZodType;
  return inner;
}
