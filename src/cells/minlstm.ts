import { softplus } from "../expr/activations.ts";
import { add, mul, neg, sigmoid, sub } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import { type Cell, defineCell, projection, real } from "./cell.ts";
import { positivePart } from "./mingru.ts";

export interface MinlstmOptions {
  /** h̃ = g(x_h), positive, as in the paper's log-space version. Default false: h̃ = x_h. */
  readonly positive?: boolean;
  /** Starting value of the forget gate's bias. Default 0; more keeps the state longer at the start. */
  readonly forgetBias?: number;
  readonly inputInit?: InitializerSpec;
}

/**
 * minLSTM: f, i = σ(x_t U + b), h̃ = x_t U_h + b_h, h_t = f/(f+i) ⊙ h_{t−1} + i/(f+i) ⊙ h̃ (Feng, Tung, Ahmed, Bengio and
 * Hajimirsadegh, "Were RNNs All We Needed?", 2024, section 3.2; `positive`: appendix A). No matrix on h: gates see the input
 * only, a step costs no matrix product, and h_t is a weighted mean of the candidates so far. U Glorot uniform, b = 0, h_0 = 0.
 *
 * f/(f+i) is computed as σ(s(−x_i) − s(−x_f)), s = softplus, which also holds where f and i both vanish in float32.
 *
 * Units mix in the layer above: stack at least two. For long sequences where speed matters more than state tracking.
 */
export function minlstm(options: MinlstmOptions = {}): Cell {
  const { positive = false, forgetBias = 0, inputInit: init = "glorot-uniform" } = options;
  return defineCell({
    name: "minlstm",
    states: { h: real },
    inputs: {
      xf: projection({ init, bias: { name: "constant", value: forgetBias } }),
      xi: projection({ init }),
      xh: projection({ init }),
    },
    step: ({ h, xf, xi, xh }) => {
      const keep = sigmoid(sub(softplus(neg(xi)), softplus(neg(xf))));
      return { h: add(mul(keep, h), mul(sub(1, keep), positive ? positivePart(xh) : xh)) };
    },
  });
}
