import { toComplex } from "../expr/complex.ts";
import type { Real } from "../expr/node.ts";
import { complex } from "../expr/ops.ts";
import type { FactorChain } from "../plan/plan.ts";
import type { BoundStructure, Coordinates } from "./structure.ts";

/** A structure that is one chain of fast factors. */
export function factored(
  name: string,
  chain: FactorChain,
  coordinates: Coordinates,
  flopsPerRow: number,
): BoundStructure {
  return {
    operators: [{ kind: "factored", name, chain }],
    apply(value, [W]) {
      if (chain.field === "real") return W(value as Real)[0];
      const { re, im } = toComplex(value);
      const [real, imaginary] = W(re, im);
      return complex(real, imaginary);
    },
    weights: { kind: "coordinates", coordinates },
    flopsPerRow,
  };
}
