import { add, mul, relu, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import { type Cell, defineCell, perUnit, projection, real } from "./cell.ts";

export interface IndrnnOptions {
  /** Default ReLU. */
  readonly activation?: "relu" | "tanh";
  /** The draw of u. Default U(0, 1); the paper takes u = 1 in the last layer when only its final state is used. */
  readonly recurrentInit?: InitializerSpec;
  readonly inputInit?: InitializerSpec;
}

/**
 * IndRNN: h_t = φ(x_t U + b + u ⊙ h_{t−1}), φ = ReLU or tanh, u a vector: each unit hears only itself (Li, Li, Cook, Zhu and
 * Gao, "Independently Recurrent Neural Network", CVPR 2018). A step costs no matrix product. Units mix in the input matrix of
 * the layer above, so stack at least two layers.
 *
 * u ~ U(0, 1), U Glorot uniform, b = 0, h_0 = 0. Over T steps unit k passes gradients on by at most |u_k|^T: the paper keeps
 * |u| ≤ γ^{1/T} with γ from 2 to 10. `recurrentInit: { name: "uniform", low: 0, high: 2 ** (1 / T) }` starts within that bound;
 * nothing holds u to it during training.
 *
 * For long sequences and deep stacks, where speed matters more than what one layer can express.
 */
export function indrnn(options: IndrnnOptions = {}): Cell {
  const { activation = "relu", inputInit: init = "glorot-uniform" } = options;
  const { recurrentInit = { name: "uniform", low: 0, high: 1 } } = options;
  const phi = activation === "relu" ? relu : tanh;
  return defineCell({
    name: "indrnn",
    states: { h: real },
    inputs: { x: projection({ init }) },
    vectors: { u: perUnit({ init: recurrentInit, role: "recurrent" }) },
    step: ({ h, x, u }) => ({ h: phi(add(x, mul(u, h))) }),
  });
}
