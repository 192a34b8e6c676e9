import { add, mul, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, projection, real, recurrent } from "./cell.ts";
import { requireNumbers } from "./require.ts";

export interface LipschitzOptions {
  /** ε, the step size. Default 0.03. */
  readonly epsilon?: number;
  /** β: 1 leaves the antisymmetric part of M alone, 0 the symmetric one. Default 0.75. */
  readonly beta?: number;
  /** γ, the diffusion. Default 0.001. */
  readonly gamma?: number;
  /** Replaces that of A and W. */
  readonly parametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/**
 * Lipschitz RNN: h_t = h_{t−1} + ε (h_{t−1} A + tanh(h_{t−1} W + x_t U + b)), A and W each
 * β(M − Mᵀ) + (1 − β)(M + Mᵀ) − γI (Erichson, Azencot, Queiruga, Hodgkinson and Mahoney, "Lipschitz Recurrent Neural Networks",
 * ICLR 2021, section 3). U Glorot normal, b = 0, h_0 = 0, as the authors' code; M Glorot normal. The defaults are theirs for pixel MNIST;
 * β between 0.65 and 0.8.
 *
 * For long sequences: β sets how far the eigenvalues may leave the imaginary axis. Throws `UsageError` for ε ≤ 0.
 */
export function lipschitz(options: LipschitzOptions = {}): Cell {
  const { epsilon = 0.03, beta = 0.75, gamma = 0.001, inputInit = "glorot-normal" } = options;
  const { parametrization = { name: "symmetric-skew", beta, gamma } } = options;
  requireNumbers("lipschitz", { epsilon }, { above: true });
  requireNumbers("lipschitz", { beta, gamma });
  return defineCell({
    name: "lipschitz",
    states: { h: real },
    inputs: { x: projection({ init: inputInit }) },
    maps: { A: recurrent({ parametrization }), W: recurrent({ parametrization }) },
    step: ({ h, x, A, W }) => ({ h: add(h, mul(epsilon, add(A(h), tanh(add(W(h), x))))) }),
  });
}
