import { UsageError } from "../errors.ts";
import type { Real } from "../expr/node.ts";
import { add } from "../expr/ops.ts";
import { freeCoordinates, type Structure } from "./structure.ts";

export interface LowRankOptions {
  /** r, from 1 to the units. Default 16. */
  readonly rank?: number;
}

/**
 * h @ (diag(d) + U·V) with U [n × r], V [r × n]: n(2r + 1) recurrent weights. U and V start Glorot uniform for their shapes,
 * d uniform in [−1, 1].
 */
export function lowRank({ rank = 16 }: LowRankOptions = {}): Structure {
  return {
    name: "low-rank",
    field: "real",
    bind: (name, units) => {
      if (!Number.isInteger(rank) || rank < 1 || rank > units) {
        throw new UsageError(`The rank is ${rank}; for ${units} units give a whole number from 1 to ${units}.`);
      }
      const count = units * (2 * rank + 1);
      return {
        operators: [
          { kind: "matrix", name: `${name}.left`, inputs: units, outputs: rank, blocks: 1 },
          { kind: "matrix", name: `${name}.right`, inputs: rank, outputs: units, blocks: 1 },
          { kind: "vector", name: `${name}.diagonal` },
        ],
        apply: (value, [U, V, d]) => add(V(U(value as Real)[0])[0], d(value as Real)[0]),
        weights: {
          kind: "coordinates",
          coordinates: freeCoordinates(count, (random) => {
            const bound = Math.sqrt(6 / (units + rank));
            const draw = (_: unknown, i: number) =>
              i < 2 * units * rank ? random.uniform(-bound, bound) : random.uniform(-1, 1);
            return Float64Array.from({ length: count }, draw);
          }),
        },
        flopsPerRow: 4 * units * rank + 2 * units,
      };
    },
  };
}
