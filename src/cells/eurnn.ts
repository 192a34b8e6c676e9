import { type RotationsOptions, rotations } from "../maps/rotations.ts";
import { type Cell, complexRecurrent } from "./cell.ts";
import { type ComplexCellOptions, unitaryCell } from "./urnn.ts";

export interface EurnnOptions extends RotationsOptions, ComplexCellOptions {}

/**
 * EURNN (Jing et al., "Tunable Efficient Unitary Neural Networks (EUNN) and their application to RNNs", ICML 2017): a unitary W of
 * layers of plane rotations, see `rotations`; modReLU with ε = 0.01. The capacity L tunes between O(n) and full unitary W at
 * O(n·L) per step.
 */
export function eurnn({ capacity, ...options }: EurnnOptions = {}): Cell {
  const structure = rotations(capacity === undefined ? {} : { capacity });
  return unitaryCell("eurnn", complexRecurrent({ structure }), { epsilon: 0.01, ...options });
}
