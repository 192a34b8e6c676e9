import type { Manifold } from "../parametrizations/parametrization.ts";

/**
 * A basis of the tangent space of the Stiefel manifold at a square W: W·Ω for the elementary skew-symmetric (real) or
 * skew-Hermitian (complex) Ω, n(n−1)/2 or n² of them, in the layout of W.
 */
export function tangentBasis(w: Float64Array, { field, rows: n }: Manifold): Float64Array[] {
  const basis: Float64Array[] = [];
  const half = n * n;
  /** W·Ω for Ω with `re` and `im` at (i, j) and −conjugate at (j, i). */
  const direction = (i: number, j: number, re: number, im: number): Float64Array => {
    const out = new Float64Array(w.length);
    const addColumn = (from: number, to: number, x: number, y: number): void => {
      for (let r = 0; r < n; r++) {
        const [p, q] = [w[r * n + from], field === "complex" ? w[half + r * n + from] : 0];
        out[r * n + to] += p * x - q * y;
        if (field === "complex") out[half + r * n + to] += p * y + q * x;
      }
    };
    addColumn(i, j, re, im);
    if (i !== j) addColumn(j, i, -re, im);
    return out;
  };
  for (let i = 0; i < n; i++) {
    if (field === "complex") basis.push(direction(i, i, 0, 1));
    for (let j = i + 1; j < n; j++) {
      basis.push(direction(i, j, 1, 0));
      if (field === "complex") basis.push(direction(i, j, 0, 1));
    }
  }
  return basis;
}
