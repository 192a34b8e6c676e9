import { SingularMatrixError } from "../errors.ts";
import type { RandomStream } from "../random/stream.ts";
import { denseKernels } from "./dense.ts";
import { fieldKernels } from "./field.ts";
import type { FloatArray } from "./kernels.ts";
import { assertMatrix } from "./matrix.ts";
import { qr } from "./qr.ts";

/**
 * Complex matrices [rows × columns] are one array here: all real parts row-major, then all imaginary parts.
 *
 * @module
 */

/**
 * max |WᴴW − I| over all entries (moduli), for a complex W [n × n] (or [rows × n]): 0 when the columns are orthonormal, NaN
 * when W has NaN. Computed in float64. Throws `ShapeError` when the array does not fit.
 */
export function unitarityResidual(weight: FloatArray, n: number, rows = n): number {
  assertMatrix("unitarityResidual", weight, rows, 2 * n);
  const w = Float64Array.from(weight);
  const gram = new Float64Array(2 * n * n);
  fieldKernels("complex", denseKernels).multiply(gram, w, w, { m: n, k: rows, n, adjointA: true });
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      worst = Math.max(worst, Math.hypot(gram[at] - (i === j ? 1 : 0), gram[n * n + at]));
    }
  }
  return worst;
}

/**
 * The thin factorisation A = Q·R of a complex A [rows × columns] of full column rank, rows ≥ columns: QᴴQ = I, R [columns ×
 * columns] upper triangular with a positive real diagonal, which makes it unique. It is read off the real QR of the matrix
 * in which every a + ib is [[a, −b], [b, a]]: its R, with the same signs, is triangular too. Throws `ShapeError` when rows <
 * columns or the array does not fit, `SingularMatrixError` when R has a zero on its diagonal.
 */
export function complexQr(a: Float64Array, rows: number, columns: number): { q: Float64Array; r: Float64Array } {
  assertMatrix("complexQr", a, rows, 2 * columns);
  const width = 2 * columns;
  const embedded = new Float64Array(2 * rows * width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const re = a[i * columns + j];
      const im = a[rows * columns + i * columns + j];
      const at = 2 * i * width + 2 * j;
      embedded[at] = re;
      embedded[at + 1] = -im;
      embedded[at + width] = im;
      embedded[at + width + 1] = re;
    }
  }
  const real = qr(embedded, 2 * rows, width);
  const q = new Float64Array(2 * rows * columns);
  const r = new Float64Array(2 * columns * columns);
  for (let j = 0; j < columns; j++) {
    const sign = Math.sign(real.r[2 * j * width + 2 * j]);
    if (sign === 0) {
      throw new SingularMatrixError(
        `complexQr: column ${j} of ${columns} depends on those before it; its factor is not unique. Remove or change it.`,
      );
    }
    for (let i = 0; i < rows; i++) {
      q[i * columns + j] = sign * real.q[2 * i * width + 2 * j];
      q[rows * columns + i * columns + j] = sign * real.q[(2 * i + 1) * width + 2 * j];
    }
    // Row 2j of the real R holds the row (Re r, −Im r) of each entry.
    for (let c = j; c < columns; c++) {
      r[j * columns + c] = sign * real.r[2 * j * width + 2 * c];
      if (c > j) r[columns * columns + j * columns + c] = -sign * real.r[2 * j * width + 2 * c + 1];
    }
  }
  return { q, r };
}

/**
 * A draw from the Haar (uniform) measure of U(n), or, with fewer `columns`, of the complex n × columns matrices with
 * orthonormal columns: the Q of a circular Gaussian whose R has a positive diagonal (Mezzadri 2007). Throws `ShapeError`
 * when columns > n.
 */
export function haarUnitary(n: number, random: RandomStream, columns = n): Float64Array {
  const gaussian = Float64Array.from({ length: 2 * n * columns }, () => random.normal());
  return complexQr(gaussian, n, columns).q;
}
