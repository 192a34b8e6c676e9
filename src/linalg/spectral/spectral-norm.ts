import type { FloatArray } from "../kernels.ts";
import { frobeniusNorm } from "../matrix.ts";
import { arnoldi } from "./arnoldi.ts";
import { finiteCopy, genericVector, multiplyTransposed, multiplyVector, normalized, startNear } from "./vector.ts";

/** ‖W‖₂ = σ with unit vectors W·v = σ·u, Wᵀ·u = σ·v. */
export interface SpectralNormEstimate {
  readonly norm: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** `lanczos`: Arnoldi's method on WᵀW, where the power method would have been slow. */
  readonly method: "power" | "lanczos";
  /** Products with WᵀW. */
  readonly iterations: number;
  /** ‖WᵀW·v − σ²·v‖ / σ², an upper bound of the relative distance from σ² to the nearest squared singular value. */
  readonly residual: number;
  readonly converged: boolean;
}

export interface SpectralNormOptions {
  /** Relative residual to reach. Default 1e-12. */
  readonly tolerance?: number;
  /** Products with WᵀW allowed. Default 5000. */
  readonly maxIterations?: number;
  /** A vector near v, from an earlier call. */
  readonly start?: Float64Array;
}

/**
 * The largest singular value of W [n × n] with its vectors: power iteration on WᵀW (Miyato, Kataoka, Koyama and Yoshida,
 * "Spectral Normalization for Generative Adversarial Networks", 2018), and Lanczos' method where that is slow. Throws
 * `ShapeError` when the array does not fit, `NonFiniteError` when W is not finite.
 */
export function estimateSpectralNorm(
  weight: FloatArray,
  n: number,
  options: SpectralNormOptions = {},
): SpectralNormEstimate {
  const { tolerance = 1e-12, maxIterations = 5000 } = options;
  const w = finiteCopy("estimateSpectralNorm", weight, n);
  const image = new Float64Array(n);
  const apply = (out: Float64Array, x: Float64Array) => {
    multiplyVector(image, w, x, n);
    multiplyTransposed(out, w, image, n);
  };
  let right = options.start ? startNear(options.start) : genericVector(n);
  const next = new Float64Array(n);
  let residual = Number.POSITIVE_INFINITY;
  let iterations = 0;
  let method: "power" | "lanczos" = "power";
  let earlier = residual;
  while (iterations < maxIterations) {
    apply(next, right);
    iterations++;
    const square = frobeniusNorm(image) ** 2;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (next[i] - square * right[i]) ** 2;
    residual = sum === 0 ? 0 : Math.sqrt(sum) / square;
    if (residual <= tolerance) break;
    if (iterations % PATIENCE === 0) {
      if (!(residual < earlier * FAST ** PATIENCE)) {
        method = "lanczos";
        const found = arnoldi(apply, n, { start: startNear(right), tolerance, maxIterations });
        right = normalized(found.vector.re);
        residual = found.residual;
        iterations += found.iterations;
        break;
      }
      earlier = residual;
    }
    right = normalized(next);
  }
  multiplyVector(image, w, right, n);
  return {
    norm: frobeniusNorm(image),
    left: normalized(image),
    right,
    method,
    iterations,
    residual,
    converged: residual <= tolerance,
  };
}

/** The power method is left when over this many iterations its residual shrinks by less than FAST per iteration. */
const PATIENCE = 8;
const FAST = 0.7;
