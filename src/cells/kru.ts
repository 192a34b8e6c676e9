import { type KroneckerOptions, kronecker } from "../maps/kronecker.ts";
import { type Cell, complexRecurrent } from "./cell.ts";
import { type ComplexCellOptions, unitaryCell } from "./urnn.ts";

export interface KruOptions extends KroneckerOptions, ComplexCellOptions {}

/**
 * KRU (Jose, Cissé and Fleuret, "Kronecker Recurrent Units", ICML 2018): a complex W that is a Kronecker product of small
 * factors, held near unitary by a penalty, see `kronecker`. For recurrent matrices of a few dozen numbers.
 */
export function kru({ factors, penalty, ...options }: KruOptions = {}): Cell {
  const structure = kronecker({ ...(factors && { factors }), ...(penalty !== undefined && { penalty }) });
  return unitaryCell("kru", complexRecurrent({ structure }), options);
}
