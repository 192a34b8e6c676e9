import { unknownName } from "../errors.ts";
import type { Cell } from "./cell.ts";
import type { CellEntry } from "./entry.ts";
import { dynamicalCells } from "./families/dynamical.ts";
import { elementwiseCells } from "./families/elementwise.ts";
import { gatedCells } from "./families/gated.ts";
import { orthogonalCells } from "./families/orthogonal.ts";
import { unitaryCells } from "./families/unitary.ts";

export type { CellEntry } from "./entry.ts";

/** Cells by the names of `--cell`, family by family. */
export const cells = {
  ...gatedCells,
  ...orthogonalCells,
  ...unitaryCells,
  ...dynamicalCells,
  ...elementwiseCells,
} as const satisfies Record<string, CellEntry>;

export type CellName = keyof typeof cells;

/** The cell called `name`. Throws `UsageError` for an unknown name or option. */
export function createCell(name: string, options: Readonly<Record<string, unknown>> = {}): Cell {
  if (!Object.hasOwn(cells, name)) throw unknownName("cell", name, Object.keys(cells));
  const entryOf = cells[name as CellName];
  const unknown = Object.keys(options).find((option) => !(option in entryOf.options.shape));
  if (unknown !== undefined) throw unknownName(`option of cell ${name}`, unknown, Object.keys(entryOf.options.shape));
  return entryOf.create(options);
}
