import { UsageError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { factored } from "./factored.ts";
import { freeCoordinates, type Structure } from "./structure.ts";

export interface SparseOptions {
  /** Fraction of the n² entries that are there, above 0 and at most 1. Default 1/16. */
  readonly density?: number;
  /** Of the pattern, which is part of the structure and not of the model's draw. Default 0. */
  readonly patternSeed?: number;
}

/**
 * h @ W with a fixed random pattern: every unit reads the same number k = round(density·n), at least 1, of units, drawn without
 * repetition; k·n recurrent weights, uniform in ±√(3/k) at first, so that h @ W has the variance of h.
 */
export function sparse({ density = 1 / 16, patternSeed = 0 }: SparseOptions = {}): Structure {
  if (!(density > 0 && density <= 1)) {
    throw new UsageError(
      `density is ${density}; give a fraction of the entries above 0 and at most 1, such as 0.0625.`,
    );
  }
  return {
    name: "sparse",
    field: "real",
    bind: (name, units) => {
      const fanIn = Math.max(1, Math.round(density * units));
      const count = fanIn * units;
      const rows = new Int32Array(count);
      for (let j = 0; j < units; j++) {
        const chosen = randomStream(patternSeed, "sparse pattern", units, j).permutation(units).slice(0, fanIn).sort();
        rows.set(chosen, j * fanIn);
      }
      const columns = Int32Array.from({ length: units + 1 }, (_, j) => j * fanIn);
      const bound = Math.sqrt(3 / fanIn);
      return factored(
        name,
        { field: "real", size: units, factors: [{ kind: "sparse", at: 0, columns, rows }], weightCount: count },
        freeCoordinates(count, (random) => Float64Array.from({ length: count }, () => random.uniform(-bound, bound))),
        2 * count,
      );
    },
  };
}
