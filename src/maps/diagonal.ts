import { UsageError } from "../errors.ts";
import type { Real } from "../expr/node.ts";
import { freeCoordinates, type Structure } from "./structure.ts";

export interface DiagonalOptions {
  /** Weights start uniform in [−range, range]. Default 1. */
  readonly range?: number;
}

/** u ⊙ h: one recurrent weight per unit, folded into the elementwise loop. */
export function diagonal({ range = 1 }: DiagonalOptions = {}): Structure {
  if (!(range >= 0 && range < Number.POSITIVE_INFINITY)) {
    throw new UsageError(`range is ${range}; give a finite number of at least 0, such as 1.`);
  }
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
