import { add, mul, sigmoid, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, projection, real, recurrent } from "./cell.ts";

export interface LstmOptions {
  /** Starting value of the forget gate's bias. Default 1. */
  readonly forgetBias?: number;
  /** Adds c_t V_o, V_o a full matrix, to the output gate, as the baselines of Arjovsky et al. and Wisdom et al. do. */
  readonly peephole?: boolean;
  /** Of every recurrent matrix. */
  readonly parametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/**
 * Long short-term memory: with gates i, f, o = σ(h W + x U + b) and g = tanh(h W_g + x U_g + b_g),
 * c_t = f ⊙ c_{t−1} + i ⊙ g and h_t = o ⊙ tanh(c_t) (Hochreiter and Schmidhuber 1997; Gers et al. 2000).
 */
export function lstm(options: LstmOptions = {}): Cell {
  const { forgetBias = 1, peephole = false, parametrization = "free", inputInit: init = "glorot-uniform" } = options;
  const shared = {
    states: { h: real, c: real },
    inputs: {
      xi: projection({ init }),
      xf: projection({ init, bias: { name: "constant", value: forgetBias } }),
      xg: projection({ init }),
      xo: projection({ init }),
    },
  };
  const W = () => recurrent({ parametrization });
  const maps = { Wi: W(), Wf: W(), Wg: W(), Wo: W() };
  if (!peephole) {
    return defineCell({
      name: "lstm",
      ...shared,
      maps,
      step: ({ h, c, xi, xf, xg, xo, Wi, Wf, Wg, Wo }) => {
        const memory = add(mul(sigmoid(add(Wf(h), xf)), c), mul(sigmoid(add(Wi(h), xi)), tanh(add(Wg(h), xg))));
        return { h: mul(sigmoid(add(Wo(h), xo)), tanh(memory)), c: memory };
      },
    });
  }
  return defineCell({
    name: "lstm",
    ...shared,
    maps: { ...maps, Vo: W() },
    step: ({ h, c, xi, xf, xg, xo, Wi, Wf, Wg, Wo, Vo }) => {
      const memory = add(mul(sigmoid(add(Wf(h), xf)), c), mul(sigmoid(add(Wi(h), xi)), tanh(add(Wg(h), xg))));
      return { h: mul(sigmoid(add(add(Wo(h), xo), Vo(memory))), tanh(memory)), c: memory };
    },
  });
}
