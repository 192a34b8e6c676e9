import { add, mul, sigmoid, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, projection, real, recurrent } from "./cell.ts";
import { requireNumbers } from "./require.ts";

export interface AntisymmetricOptions {
  /** ε, the step size. Default 0.01. */
  readonly epsilon?: number;
  /** γ, the diffusion: every eigenvalue of W has the real part −γ. Default 0.01. */
  readonly gamma?: number;
  /** Multiplies the update by an input gate that shares W. */
  readonly gated?: boolean;
  /** Replaces M − Mᵀ − γI. */
  readonly parametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/**
 * AntisymmetricRNN: h_t = h_{t−1} + ε tanh(h_{t−1} W + x_t U + b), W = M − Mᵀ − γI; gated,
 * h_t = h_{t−1} + ε σ(h_{t−1} W + x_t U_z + b_z) ⊙ tanh(h_{t−1} W + x_t U + b) (Chang, Chen, Haber and Chi,
 * "AntisymmetricRNN: A Dynamical System View on Recurrent Neural Networks", ICLR 2019, sections 3 and 4).
 *
 * Euler's method for an equation whose Jacobian has eigenvalues near the imaginary axis; γ > 0 makes up for the growth that
 * Euler's method adds. U Glorot uniform, M ~ N(0, 1/n), b = 0, h_0 = 0.
 *
 * For long sequences with few parameters; ε · length about 1 to 10. Throws `UsageError` for ε ≤ 0 or γ < 0.
 */
export function antisymmetric(options: AntisymmetricOptions = {}): Cell {
  const { epsilon = 0.01, gamma = 0.01, gated = false, inputInit: init = "glorot-uniform" } = options;
  requireNumbers("antisymmetric", { epsilon }, { above: true });
  requireNumbers("antisymmetric", { gamma });
  const parametrization = options.parametrization ?? { name: "antisymmetric", gamma };
  const shared = { name: "antisymmetric", states: { h: real }, maps: { W: recurrent({ parametrization }) } };
  if (gated) {
    return defineCell({
      ...shared,
      inputs: { x: projection({ init }), xz: projection({ init }) },
      step: ({ h, x, xz, W }) => {
        const a = W(h);
        return { h: add(h, mul(epsilon, mul(sigmoid(add(a, xz)), tanh(add(a, x))))) };
      },
    });
  }
  return defineCell({
    ...shared,
    inputs: { x: projection({ init }) },
    step: ({ h, x, W }) => ({ h: add(h, mul(epsilon, tanh(add(W(h), x)))) }),
  });
}
