import { toComplex } from "../expr/complex.ts";
import type { Real } from "../expr/node.ts";
import { add, complex, sub } from "../expr/ops.ts";
import type { Structure } from "./structure.ts";

/** h @ W with a full real matrix W [n × n]. */
export function dense(): Structure {
  return {
    name: "dense",
    field: "real",
    bind: (name, units) => ({
      operators: [{ kind: "matrix", name, inputs: units, outputs: units, blocks: 1 }],
      apply: (value, [W]) => W(value as Real)[0],
      weights: { kind: "matrices", count: 1, size: units },
      flopsPerRow: 2 * units ** 2,
    }),
  };
}

/**
 * z @ W with a full complex matrix W = P + iQ [n × n]: (a + ib)(P + iQ) = (aP − bQ) + i(aQ + bP), two real products with
 * [P | Q], 8n² real operations as in any complex product.
 */
export function complexDense(): Structure {
  return {
    name: "dense",
    field: "complex",
    bind: (name, units) => ({
      operators: ["re", "im"].map((part) => ({
        kind: "matrix",
        name: `${name}.${part}`,
        inputs: units,
        outputs: units,
        blocks: 1,
      })),
      apply: (value, [P, Q]) => {
        const { re, im } = toComplex(value);
        return complex(sub(P(re)[0], Q(im)[0]), add(Q(re)[0], P(im)[0]));
      },
      weights: { kind: "matrices", count: 1, size: units },
      flopsPerRow: 8 * units ** 2,
    }),
  };
}
