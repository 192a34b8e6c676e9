import type { Real } from "../expr/node.ts";
import { add, less, mul, select, sigmoid, sub } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import { type Cell, defineCell, projection, real } from "./cell.ts";

export interface MingruOptions {
  /** h̃ = g(x_h), positive, as in the paper's log-space version. Default false: h̃ = x_h. */
  readonly positive?: boolean;
  readonly inputInit?: InitializerSpec;
}

/**
 * minGRU: z = σ(x_t U_z + b_z), h̃ = x_t U_h + b_h, h_t = (1 − z) ⊙ h_{t−1} + z ⊙ h̃ (Feng, Tung, Ahmed, Bengio and
 * Hajimirsadegh, "Were RNNs All We Needed?", 2024, section 3.1; `positive`: appendix A). No matrix on h: gates see the input
 * only, a step costs no matrix product, and h_t is a weighted mean of the candidates so far. U Glorot uniform, b = 0, h_0 = 0.
 *
 * Units mix in the layer above: stack at least two. For long sequences where speed matters more than state tracking.
 */
export function mingru({ positive = false, inputInit: init = "glorot-uniform" }: MingruOptions = {}): Cell {
  return defineCell({
    name: "mingru",
    states: { h: real },
    inputs: { xz: projection({ init }), xh: projection({ init }) },
    step: ({ h, xz, xh }) => {
      const z = sigmoid(xz);
      return { h: add(mul(sub(1, z), h), mul(z, positive ? positivePart(xh) : xh)) };
    },
  });
}

/** g(a) = a + ½ for a ≥ 0, else σ(a): continuous, with g > 0 (Feng et al. 2024, appendix A). */
export const positivePart = (a: Real): Real => select(less(a, 0), sigmoid(a), add(a, 0.5));
