import type { FloatArray } from "../linalg/kernels.ts";
import { fillSkew, pullbackSkew, skewParameterCount } from "./skew.ts";

/**
 * Skew-Hermitian matrices A = K + iS [n × n], Aᴴ = −A, as n² real numbers: the strict upper triangle of the skew-symmetric K
 * in row order (see `skew.ts`), then the upper triangle of the symmetric S with its diagonal, in row order.
 *
 * @module
 */

/** n². */
export function skewHermitianParameterCount(n: number): number {
  return n * n;
}

/** out [2n²] ← shift·I + A, real parts first. */
export function fillSkewHermitian(out: Float64Array, theta: FloatArray, n: number, shift: number): void {
  fillSkew(out, theta, n, shift);
  const size = n * n;
  for (let i = 0, at = skewParameterCount(n); i < n; i++) {
    for (let j = i; j < n; j++, at++) {
      const value = theta[at];
      out[size + i * n + j] = value;
      out[size + j * n + i] = value;
    }
  }
}

/**
 * ∂L/∂k_ij = scale·(Re F_ij − Re F_ji), ∂L/∂s_ij = scale·(Im F_ij + Im F_ji) and ∂L/∂s_ii = scale·Im F_ii, where scale·F =
 * ∂L/∂Re A + i·∂L/∂Im A with all entries of A independent.
 */
export function pullbackSkewHermitian(thetaGradient: FloatArray, f: Float64Array, n: number, scale: number): void {
  pullbackSkew(thetaGradient, f, n, scale);
  const size = n * n;
  for (let i = 0, at = skewParameterCount(n); i < n; i++) {
    thetaGradient[at++] = scale * f[size + i * n + i];
    for (let j = i + 1; j < n; j++) thetaGradient[at++] = scale * (f[size + i * n + j] + f[size + j * n + i]);
  }
}
