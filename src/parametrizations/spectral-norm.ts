import { estimateSpectralNorm, type SpectralNormEstimate } from "../linalg/spectral/spectral-norm.ts";
import { genericVector } from "../linalg/spectral/vector.ts";
import { type NormalizedOptions, normalized, type SizeOf } from "./normalized.ts";
import type { Parametrization } from "./parametrization.ts";

/**
 * W = V·min(1, bound/‖V‖₂) with V [n × n] free, or V·bound/‖V‖₂ with `mode: "normalize"` (Miyato, Kataoka, Koyama and
 * Yoshida, "Spectral Normalization for Generative Adversarial Networks", ICLR 2018, there bound = 1, always normalized).
 * θ [n²] is V. The gradient includes that of σ = ‖V‖₂: ∂σ/∂V = u·vᵀ.
 *
 * σ comes from power iteration on VᵀV, run until it has converged to about 1e-12 (by Lanczos' method where that is quicker), so that
 * ‖W‖₂ ≤ bound holds to that accuracy, which a single step per update does not give. The buffer `right` [n] is where the
 * iteration starts: the vector of the latest update. Where the two largest singular values are equal, σ has no derivative
 * and that of one of them is used.
 */
export function spectralNorm(options: NormalizedOptions = {}): Parametrization {
  return normalized("spectral-norm", options, (bound) => bound, sizeOf);
}

function sizeOf(n: number): SizeOf {
  const right = genericVector(n);
  let found: SpectralNormEstimate | undefined;
  return {
    buffers: { right },
    evaluate(v) {
      found = estimateSpectralNorm(v, n, { start: right });
      return found.norm;
    },
    addGradient(out, factor) {
      if (found === undefined) return;
      for (let i = 0, at = 0; i < n; i++) {
        const scaled = factor * found.left[i];
        for (let j = 0; j < n; j++, at++) out[at] += scaled * found.right[j];
      }
    },
    remember() {
      if (found !== undefined) right.set(found.right);
    },
  };
}
