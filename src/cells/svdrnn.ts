import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { SkewInitializerName } from "../parametrizations/skew-init.ts";
import type { Cell } from "./cell.ts";
import { rnn } from "./rnn.ts";

export interface SvdrnnOptions {
  /** m, how far a singular value may be from 1. Default 0.1; the paper tries 0.001 to 1. */
  readonly margin?: number;
  readonly activation?: "tanh" | "relu";
  /** The draw of the two orthogonal factors. Default `henaff`. */
  readonly skewInit?: SkewInitializerName;
  readonly inputInit?: InitializerSpec;
}

/**
 * Elman's network h_t = tanh(h_{t−1} W + x_t U + b) with W = U_W·diag(s)·V_Wᵀ, both factors orthogonal and every singular value
 * s_i in [1 − m, 1 + m] (Vorontsov, Trabelsi, Kadoury and Pal, "On Orthogonality and Learning Recurrent Networks with Long Term
 * Dependencies", ICML 2017, section 2.2). U Glorot uniform, b = 0, h_0 = 0; W starts orthogonal.
 *
 * To see what strict orthogonality costs: a small margin learns long memory, a larger one learns faster on short sequences.
 */
export function svdrnn({ margin = 0.1, skewInit = "henaff", ...rest }: SvdrnnOptions = {}): Cell {
  return { ...rnn({ parametrization: { name: "svd", margin, init: skewInit }, ...rest }), name: "svdrnn" };
}
