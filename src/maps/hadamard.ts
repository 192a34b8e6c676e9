import { UsageError } from "../errors.ts";
import { factored } from "./factored.ts";
import { freeCoordinates, type Structure } from "./structure.ts";

/**
 * h @ H·diag(u)/√n with the Walsh–Hadamard matrix H (entries ±1, applied in O(n log n)) and n recurrent weights u that start
 * at random signs: orthogonal at first, and as long as |u| = 1. n must be a power of two.
 */
export function hadamard(): Structure {
  return {
    name: "hadamard",
    field: "real",
    bind: (name, units) => {
      if (!Number.isInteger(Math.log2(units))) {
        const below = 2 ** Math.floor(Math.log2(units));
        throw new UsageError(
          `A Hadamard structure needs a power of two, not ${units} units; take ${below} or ${2 * below}.`,
        );
      }
      return factored(
        name,
        { field: "real", size: units, factors: [{ kind: "walsh" }, { kind: "diagonal", at: 0 }], weightCount: units },
        freeCoordinates(units, (random) =>
          Float64Array.from({ length: units }, () => (random.uniform(0, 1) < 0.5 ? -1 : 1)),
        ),
        units * (Math.log2(units) + 2),
      );
    },
  };
}
