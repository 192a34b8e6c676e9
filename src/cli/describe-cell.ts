import type { Cell } from "../cells/cell.ts";
import { recurrentMap } from "../nn/recurrent-map.ts";

/** What a cell costs at one width, as `stiefel list cells` shows it. */
export interface CellCost {
  readonly field: "real" | "complex";
  /** Free numbers of all recurrent maps. */
  readonly recurrentParameters: number;
  /** Real multiplications and additions of the recurrent maps per step and row; everything else is O(n). */
  readonly flopsPerStep: number;
}

/** Field, recurrent parameters and cost per step of a cell of `units`. */
export function cellCost(cell: Cell, units: number): CellCost {
  const maps = Object.entries(cell.slots.maps).map(([name, slot]) => recurrentMap(slot, name, units));
  const numbers = ({ parts }: (typeof maps)[number]) =>
    parts.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const isComplex = Object.values(cell.slots.states).some(({ field }) => field === "complex");
  const vectors = Object.entries(cell.slots.vectors).filter(([, { role }]) => role === "recurrent").length;
  return {
    field: isComplex ? "complex" : "real",
    recurrentParameters: maps.reduce((sum, map) => sum + numbers(map), vectors * units),
    flopsPerStep: maps.reduce((sum, map) => sum + map.structure.flopsPerRow, 2 * vectors * units),
  };
}
