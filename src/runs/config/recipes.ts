import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { DataError, UsageError, unknownName } from "../../errors.ts";
import { isTree, type Tree, valueAt } from "./tree.ts";

/** A file of `recipes/`: a configuration with a text about it. */
export interface Recipe {
  readonly name: string;
  readonly description: string;
  /** Where its numbers come from. */
  readonly source: string;
  /**
   * Whether `stiefel train TASK --cell CELL` starts from it: always, or when the options at these paths were given these
   * values. The recipe with most conditions wins, then one for the cell before one for any.
   */
  readonly default: boolean | Tree;
  readonly config: Tree;
}

/**
 * The recipe called `name`, or in the YAML file `name`.
 *
 * @throws UsageError with the closest names when there is none
 * @throws DataError when the file is not a recipe
 */
export function readRecipe(name: string): Recipe {
  if (/\.ya?ml$/.test(name)) return parseRecipe(readText(name), name);
  const names = recipeNames();
  if (!names.includes(name)) throw unknownName("recipe", name, names);
  const file = join(recipeFolder, `${name}.yaml`);
  return parseRecipe(readText(file), file);
}

/** All recipes of the package, by name. */
export function listRecipes(): Recipe[] {
  return recipeNames().map(readRecipe);
}

/** The recipe that a task and cell start from when none is named; `overrides` are what the user gave. */
export function defaultRecipe(task: string, cell: string, overrides: Tree): Recipe | undefined {
  const rank = ({ default: conditions, config }: Recipe): number => {
    const cellOf = valueAt(config, ["model", "cell", "name"]);
    if (conditions === false || valueAt(config, ["task", "name"]) !== task) return -1;
    if (cellOf !== undefined && cellOf !== cell) return -1;
    const met = Object.entries(conditions === true ? {} : conditions).map(
      ([path, value]) => valueAt(overrides, path.split(".")) === value,
    );
    return met.includes(false) ? -1 : 2 * met.length + (cellOf === undefined ? 0 : 1);
  };
  const ranked = listRecipes()
    .map((recipe) => ({ recipe, rank: rank(recipe) }))
    .filter((entry) => entry.rank >= 0)
    .sort((a, b) => b.rank - a.rank);
  return ranked[0]?.recipe;
}

const recipeFolder = fileURLToPath(new URL("../../../recipes", import.meta.url));

function recipeNames(): string[] {
  return readdirSync(recipeFolder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => basename(file, ".yaml"))
    .sort();
}

function parseRecipe(text: string, file: string): Recipe {
  let tree: unknown;
  try {
    tree = parse(text);
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new DataError(`The recipe ${file} is not YAML: ${reason} Correct the file.`, { cause });
  }
  if (!isTree(tree)) throw new DataError(`The recipe ${file} holds no options. Compare it with one of recipes/.`);
  const { description = "", source = "", default: isDefault = false, ...config } = tree;
  return {
    name: basename(file).replace(/\.ya?ml$/, ""),
    description: String(description),
    source: String(source),
    default: isTree(isDefault) ? isDefault : isDefault === true,
    config,
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError(`The recipe ${file} cannot be read (${(cause as Error).message}). Check the path.`, { cause });
  }
}
