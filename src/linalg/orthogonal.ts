import type { RandomStream } from "../random/stream.ts";
import { addProduct, transposedView, view } from "./gemm.ts";
import type { FloatArray } from "./kernels.ts";
import { assertMatrix } from "./matrix.ts";
import { qr } from "./qr.ts";

/**
 * A draw from the Haar (uniform) measure of the orthogonal matrices [n × n], or, with fewer `columns`, of the n × columns
 * matrices with orthonormal columns (the Stiefel manifold): A = Q·R of a Gaussian A, then Q·diag(sign R_jj), without which
 * the draw would depend on the sign convention of the QR (Mezzadri, "How to Generate Random Matrices from the Classical
 * Compact Groups", 2007). Throws `ShapeError` when columns > n.
 */
export function haarOrthogonal(n: number, random: RandomStream, columns = n): Float64Array {
  const gaussian = Float64Array.from({ length: n * columns }, () => random.normal());
  const { q, r } = qr(gaussian, n, columns);
  const signs = Float64Array.from({ length: columns }, (_, j) => (r[j * columns + j] < 0 ? -1 : 1));
  for (let i = 0; i < n; i++) for (let j = 0; j < columns; j++) q[i * columns + j] *= signs[j];
  return q;
}

/**
 * max |WᵀW − I| over all entries, for W [n × n] (or [rows × n]): 0 when the columns are orthonormal, NaN when W has NaN.
 * Computed in float64. Throws `ShapeError` when the array does not fit.
 */
export function orthogonalityResidual(weight: FloatArray, n: number, rows = n): number {
  assertMatrix("orthogonalityResidual", weight, rows, n);
  const w = view(Float64Array.from(weight), n);
  const gram = new Float64Array(n * n);
  addProduct(view(gram, n), 1, transposedView(w), w, n, rows, n);
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) worst = Math.max(worst, Math.abs(gram[i * n + j] - (i === j ? 1 : 0)));
  }
  return worst;
}
