import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { SkewInitializerName } from "../parametrizations/skew-init.ts";
import type { Cell } from "./cell.ts";
import { smallThreshold } from "./exprnn.ts";
import { scornn } from "./scornn.ts";

export interface NnrnnOptions {
  /** δ, the weight of the penalty δ·Σ(γ_i − 1)². Default 0.1. */
  readonly delta?: number;
  /** The weight of the penalty decay·‖T‖²_F. Default 1e-4. */
  readonly decay?: number;
  /** The draw of P's skew-symmetric matrix. Default `henaff`. */
  readonly skewInit?: SkewInitializerName;
  readonly inputInit?: InitializerSpec;
}

/**
 * nnRNN: h_t = σ_b(h_{t−1} W + x_t U), σ_b the real modReLU, with W = P(Λ + T)Pᵀ: P orthogonal, Λ rotations by φ_i scaled by γ_i,
 * T strictly triangular (Kerg, Goyette, Puelma Touzel, Gidel, Vorontsov, Bengio and Lajoie, "Non-normal Recurrent Neural Network
 * (nnRNN)", NeurIPS 2019). U Glorot normal, b ~ U(−0.01, 0.01), h_0 = 0, as the authors' code; γ = 1 and T = 0 at the start.
 *
 * For tasks that need both long memory and transient amplification, such as language by characters.
 */
export function nnrnn(options: NnrnnOptions = {}): Cell {
  const { delta = 0.1, decay = 1e-4, skewInit = "henaff", inputInit = "glorot-normal" } = options;
  const parametrization = { name: "schur", delta, decay, init: skewInit } as const;
  return { ...scornn({ parametrization, inputInit, thresholdInit: smallThreshold }), name: "nnrnn" };
}
