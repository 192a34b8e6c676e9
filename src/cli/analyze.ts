import { type Capacity, mapCapacity } from "../analysis/capacity.ts";
import type { Cell } from "../cells/cell.ts";
import { createCell } from "../cells/registry.ts";
import { withStructure } from "../cells/with-structure.ts";
import { UsageError } from "../errors.ts";
import { parseAssignment } from "../runs/config/assignment.ts";
import type { Config } from "../runs/config/config.ts";
import { mergeTrees, type Tree, treeAt } from "../runs/config/tree.ts";
import { openRun } from "../runs/run.ts";
import { table, writeJson, writeLine } from "./output.ts";

export interface AnalyzeOptions {
  readonly cell?: string;
  readonly units?: number;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

/** `stiefel analyze capacity --cell NAME --units N`, `stiefel analyze RUN capacity`. */
export function analyze(subject: string, analysis: string | undefined, options: AnalyzeOptions): void {
  const [run, what] = subject === "capacity" ? [undefined, subject] : [subject, analysis];
  if (what !== "capacity") {
    throw new UsageError(
      `There is no analysis ${JSON.stringify(what ?? subject)} yet: use "stiefel analyze capacity --cell urnn --units 8", ` +
        `or "stiefel analyze RUN capacity".`,
    );
  }
  const { cell, units } = run === undefined ? named(options) : ofRun(run);
  const results = Object.entries(cell.slots.maps).map(([map, slot]) => ({ map, ...mapCapacity(slot, units) }));
  if (results.length === 0) {
    throw new UsageError(
      `The cell "${cell.name}" has no recurrent map whose capacity could be taken; name one that has, such as urnn.`,
    );
  }
  if (options.json) for (const result of results) writeJson(inJson(cell, units, result));
  else writeLine(inWords(cell, units, results));
}

type Result = Capacity & { readonly map: string };

/** JSON has no infinity: a gap that is infinite is left out. */
function inJson(cell: Cell, units: number, { gap, ...result }: Result) {
  return { cell: cell.name, units, ...result, ...(Number.isFinite(gap) && { gap }) };
}

function inWords(cell: Cell, units: number, results: readonly Result[]): string {
  const rows = results.map(({ map, group, parameters, dimension, rank, restricted }) => [
    map,
    group,
    String(parameters),
    String(dimension),
    String(rank),
    restricted ? `restricted: reaches a null set of ${group}` : `full: reaches an open set of ${group}`,
  ]);
  const head = ["map", "group", "parameters", "dimension", "rank", "verdict"];
  return `${cell.name}, ${units} units\n${table([head, ...rows])}`;
}

function named({ cell, units, set = [] }: AnalyzeOptions) {
  if (cell === undefined || units === undefined) {
    throw new UsageError("The capacity of which map? Give --cell NAME and --units N (stiefel list cells).");
  }
  const assigned = set.map(parseAssignment).reduce<Tree>((tree, { path, value }) => {
    if (path[0] !== "model")
      throw new UsageError(`Only paths below model. matter here, such as model.cell.capacity=4.`);
    return mergeTrees(tree, treeAt(path, value));
  }, {});
  const model = (assigned.model ?? {}) as Partial<Config["model"]>;
  return { cell: built({ ...model, cell: { ...model.cell, name: cell } }), units };
}

function ofRun(folder: string) {
  const { model } = openRun(folder).config() as unknown as Config;
  return { cell: built(model), units: model.units };
}

function built({ cell, structure, parametrization }: Pick<Config["model"], "cell" | "structure" | "parametrization">) {
  const { name, ...options } = cell;
  return withStructure(createCell(name, options), { structure, parametrization });
}
