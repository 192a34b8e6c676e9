import type { Real } from "../expr/node.ts";
import { freeCoordinates, type Structure } from "./structure.ts";

export interface DiagonalOptions {
  /** Weights start uniform in [−range, range]. Default 1. */
  readonly range?: number;
}

/** u ⊙ h: one recurrent weight per unit, folded into the elementwise loop. */
export function diagonal({ range = 1 }: DiagonalOptions = {}): Structure {
  return {
    name: "diagonal",
    field: "real",
    bind: (name, units) => ({
      operators: [{ kind: "vector", name }],
      apply: (value, [u]) => u(value as Real)[0],
      weights: {
        kind: "coordinates",
        coordinates: freeCoordinates(units, (random) =>
          Float64Array.from({ length: units }, () => random.uniform(-range, range)),
        ),
      },
      flopsPerRow: 2 * units,
    }),
  };
}
