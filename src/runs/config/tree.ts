/** Nested plain data as a recipe or `--set` gives it; null takes back what an earlier layer set. */
export type Tree = { readonly [key: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `over` laid on `base`, key by key. Where `over` gives an object another `name` (of a task, cell, optimizer …), the options
 * of the old name go: they belong to something else. Arrays are replaced as a whole.
 */
export function mergeTrees(base: Tree, over: Tree): Tree {
  const renamed = typeof over.name === "string" && typeof base.name === "string" && over.name !== base.name;
  const merged: Record<string, unknown> = renamed ? {} : { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isTree(value) ? mergeTrees(isTree(below) ? below : {}, value) : value;
  }
  return merged;
}

/** A tree with one value at a dotted path. */
export function treeAt(path: readonly string[], value: unknown): Tree {
  return Object.fromEntries([[path[0], path.length === 1 ? value : treeAt(path.slice(1), value)]]);
}

/** The value at a path; undefined where there is none. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], tree);
}
