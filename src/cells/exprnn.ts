import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import type { SkewInitializerName } from "../parametrizations/skew-init.ts";
import type { Cell } from "./cell.ts";
import { scornn } from "./scornn.ts";

export interface ExprnnOptions {
  /** The draw of A. Default `henaff`, which the authors take for copying and TIMIT. */
  readonly skewInit?: SkewInitializerName;
  readonly inputInit?: InitializerSpec;
  /** Replaces the exponential. */
  readonly parametrization?: ParametrizationSpec;
}

/**
 * expRNN: h_t = σ_b(h_{t−1} W + x_t U) with W = exp(A), A skew-symmetric, and σ_b the real modReLU (Lezcano-Casado and
 * Martínez-Rubio, "Cheap Orthogonal Constraints in Neural Networks", ICML 2019). U ~ N(0, 2/inputs), b ~ U(−0.01, 0.01),
 * h_0 = 0, as the authors' code; no other bias. They train A at a tenth of the other rate, both by RMSprop.
 *
 * For long memory like `scornn`, without a choice of D: W has det 1, and its eigenvalues can reach all of the circle.
 */
export function exprnn({ skewInit = "henaff", inputInit = "he-normal", parametrization }: ExprnnOptions = {}): Cell {
  return {
    ...scornn({
      parametrization: parametrization ?? { name: "exponential", init: skewInit },
      inputInit,
      thresholdInit: smallThreshold,
    }),
    name: "exprnn",
  };
}

/** modReLU's b as in the code of expRNN, and of nnRNN after it. */
export const smallThreshold = { name: "uniform", low: -0.01, high: 0.01 } as const;
