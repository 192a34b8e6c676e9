import { UsageError } from "../../errors.ts";
import { findTask } from "../../tasks/registry.ts";
import { parseAssignment } from "./assignment.ts";
import { type Config, parseConfig } from "./config.ts";
import { defaultRecipe, type Recipe, readRecipe } from "./recipes.ts";
import { mergeTrees, type Tree, treeAt, valueAt } from "./tree.ts";

/** What the command line gives, weakest first: a recipe, flags, assignments. */
export interface ConfigSources {
  readonly task?: string | undefined;
  /** Name of a recipe, or path of a YAML file. Default: the published settings of the task and cell. */
  readonly recipe?: string | undefined;
  readonly flags?: Tree | undefined;
  /** `PATH=VALUE`, later ones over earlier ones. */
  readonly set?: readonly string[] | undefined;
}

/**
 * The configuration of a run: recipe, overridden by flags, overridden by assignments, checked as a whole.
 *
 * @throws UsageError for an unknown task, recipe, cell or path (with the closest names), or a value out of range
 */
export function resolveConfig({ task, recipe: recipeName, flags = {}, set = [] }: ConfigSources): Config {
  if (task !== undefined) findTask(task);
  const layers = [flags, ...set.map(parseAssignment).map(({ path, value }) => treeAt(path, value))];
  const recipe = recipeName === undefined ? chooseDefault(task, layers.reduce(overlay, {})) : readRecipe(recipeName);
  const taskOfRecipe = valueAt(recipe?.config, ["task", "name"]);
  if (task !== undefined && taskOfRecipe !== undefined && taskOfRecipe !== task) {
    throw new UsageError(
      `The recipe ${recipe?.name} is for the task ${taskOfRecipe}, not ${task}: run "stiefel train ${taskOfRecipe} ` +
        `--recipe ${recipe?.name}", or leave --recipe out.`,
    );
  }
  const named = task === undefined ? {} : { task: { name: task } };
  const base = recipe === undefined ? {} : { recipe: recipe.name, ...recipe.config };
  return parseConfig([named, ...layers].reduce(overlay, base));
}

const defaultCell = "scornn";

function chooseDefault(task: string | undefined, overrides: Tree): Recipe | undefined {
  const name = task ?? valueAt(overrides, ["task", "name"]);
  if (typeof name !== "string") throw new UsageError("There is no task: name one (stiefel list tasks), or a recipe.");
  const cell = valueAt(overrides, ["model", "cell", "name"]) ?? defaultCell;
  const recipe = defaultRecipe(name, String(cell), overrides);
  if (recipe === undefined) return undefined;
  return { ...recipe, config: mergeTrees({ model: { cell: { name: cell } } }, recipe.config) };
}

/** `mergeTrees`, where the newer of iterations and epochs takes the place of the other. */
function overlay(base: Tree, over: Tree): Tree {
  const training = over.training as Tree | undefined;
  const other = training?.iterations != null ? "epochs" : training?.epochs != null ? "iterations" : undefined;
  const cleared =
    other === undefined || training?.[other] != null ? base : mergeTrees(base, { training: { [other]: null } });
  return mergeTrees(cleared, over);
}
