import type { FloatArray } from "../linalg/kernels.ts";

/**
 * Skew-symmetric matrices A [n × n], Aᵀ = −A, as the vector θ of their strict upper triangle in row order:
 * a₀₁, a₀₂, …, a₀,ₙ₋₁, a₁₂, …
 *
 * @module
 */

/** n(n−1)/2. */
export function skewParameterCount(n: number): number {
  return (n * (n - 1)) / 2;
}

/** Where θ holds a_ij, i < j. */
export function skewIndex(n: number, i: number, j: number): number {
  return i * n - ((i * (i + 3)) >> 1) + j - 1;
}

/** out ← shift·I + A. */
export function fillSkew(out: Float64Array, theta: FloatArray, n: number, shift: number): void {
  for (let i = 0; i < n; i++) out[i * n + i] = shift;
  for (let top = 0; top < n; top += TILE) {
    for (let j = top + 1; j < n; j++) {
      const end = Math.min(top + TILE, j);
      for (let i = top; i < end; i++) {
        const value = theta[skewIndex(n, i, j)];
        out[i * n + j] = value;
        out[j * n + i] = -value;
      }
    }
  }
}

/** ∂L/∂a_ij = scale·(F_ij − F_ji) for i < j, where scale·F is ∂L/∂A with all entries of A independent. */
export function pullbackSkew(thetaGradient: FloatArray, f: Float64Array, n: number, scale: number): void {
  for (let top = 0; top < n; top += TILE) {
    for (let j = top + 1; j < n; j++) {
      const end = Math.min(top + TILE, j);
      for (let i = top; i < end; i++) thetaGradient[skewIndex(n, i, j)] = scale * (f[i * n + j] - f[j * n + i]);
    }
  }
}

/** Rows walked together, so that the strided half of the accesses stays in cache. */
const TILE = 16;
