import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { SkewInitializerName } from "../parametrizations/skew-init.ts";
import type { Cell } from "./cell.ts";
import { exprnn } from "./exprnn.ts";

export interface DtrivCellOptions {
  /** K, the updates after which the base moves to W; the paper: 1, 100 and `never`. Default 100. */
  readonly rebaseEvery?: number | "never";
  /** M, the moves after which the base is made orthogonal again; the paper: 30 for copying, else 100. Default 100. */
  readonly projectEvery?: number;
  readonly skewInit?: SkewInitializerName;
  readonly inputInit?: InitializerSpec;
}

/**
 * expRNN by dynamic trivialisation: h_t = σ_b(h_{t−1} W + x_t U), W = B·exp(A), where every K updates B moves to W and A
 * returns to 0 (Lezcano-Casado, "Trivializations for Gradient-Based Optimization on Manifolds", NeurIPS 2019). U, b and h_0 as
 * `exprnn`. K = 1 is gradient descent on the orthogonal group; `never` is `exprnn`.
 *
 * For long trainings in which A would grow: near A = 0 the exponential distorts gradients least.
 */
export function dtriv(options: DtrivCellOptions = {}): Cell {
  const { rebaseEvery = 100, projectEvery = 100, skewInit = "henaff", ...rest } = options;
  const parametrization = { name: "dtriv", rebaseEvery, projectEvery, init: skewInit } as const;
  return { ...exprnn({ parametrization, ...rest }), name: "dtriv" };
}
