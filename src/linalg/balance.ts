import type { RealOrComplex } from "./complex.ts";

/**
 * A ← D⁻¹·A·D in place, D a diagonal of powers of two that brings the 2-norms of row i and column i together (Parlett and
 * Reinsch 1969, with the norm of James, Langou and Lowery, "On Matrix Balancing and Eigenvector Computation", 2014).
 * No rounding happens, so the eigenvalues stay as they are. Returns the diagonal.
 */
export function balance(a: RealOrComplex, n: number): Float64Array {
  const parts = a instanceof Float64Array ? [a] : [a.re, a.im];
  const scales = new Float64Array(n).fill(1);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < n; i++) {
      const row = norm(parts, i * n, 1, n);
      const column = norm(parts, i, n, n);
      if (row === 0 || column === 0) continue;
      const factor = 2 ** Math.round(Math.log2(row / column) / 2);
      if (Math.hypot(row / factor, column * factor) >= 0.95 * Math.hypot(row, column)) continue;
      const scale = scales[i] * factor;
      if (!(scale > 2 ** -500 && scale < 2 ** 500)) continue;
      changed = true;
      scales[i] = scale;
      for (const part of parts) {
        for (let j = 0; j < n; j++) part[i * n + j] /= factor;
        for (let j = 0; j < n; j++) part[j * n + i] *= factor;
      }
    }
  }
  return scales;
}

function norm(parts: readonly Float64Array[], from: number, step: number, count: number): number {
  let sum = 0;
  for (const part of parts) for (let i = 0, p = from; i < count; i++, p += step) sum += part[p] * part[p];
  return Math.sqrt(sum);
}
