import { type Bidiagonal, bidiagonalize, bidiagonalizeComplex } from "./bidiagonal.ts";
import { diagonalize } from "./bidiagonal-qr.ts";
import { type ComplexMatrix, checkedLargest, isComplex, type RealOrComplex, safeScale, scaled } from "./complex.ts";
import { transpose } from "./matrix.ts";

/** A = U·diag(σ)·Vᴴ, k = min(rows, columns): U [rows × k] and V [columns × k] have orthonormal columns, σ₁ ≥ … ≥ σ_k ≥ 0. */
export interface Svd<Matrix extends RealOrComplex> {
  readonly u: Matrix;
  readonly singularValues: Float64Array;
  readonly v: Matrix;
}

/**
 * The thin singular value decomposition of a real or complex A [rows × columns], row-major: Householder bidiagonalisation
 * (Golub and Kahan, "Calculating the Singular Values and Pseudo-Inverse of a Matrix", 1965), then implicit QR steps with
 * and without shift (Demmel and Kahan 1990). O(rows·columns·k).
 * Throws `ShapeError` for an empty matrix or an array that does not fit, `NonFiniteError` for NaN or ±Infinity,
 * `ConvergenceError`.
 */
export function svd(a: Float64Array, rows: number, columns: number): Svd<Float64Array>;
export function svd(a: ComplexMatrix, rows: number, columns: number): Svd<ComplexMatrix>;
export function svd(a: RealOrComplex, rows: number, columns: number): Svd<RealOrComplex>;
export function svd(a: RealOrComplex, rows: number, columns: number): Svd<RealOrComplex> {
  const { lines, order, singularValues } = decompose("svd", a, rows, columns, true);
  const k = singularValues.length;
  const vectors = (parts: readonly Float64Array[], length: number): RealOrComplex => {
    const [re, im] = parts.map((part) => sortedColumns(part, order, k, length));
    if (im === undefined) return re;
    // The lines are conjugated.
    for (let i = 0; i < im.length; i++) im[i] = -im[i];
    return { re, im };
  };
  const [u, v] = rows >= columns ? [lines.left, lines.right] : [lines.right, lines.left];
  return { u: vectors(u, rows), singularValues, v: vectors(v, columns) };
}

/** σ₁ ≥ … ≥ σ_min(rows, columns) of a real or complex A [rows × columns], without vectors. Throws like `svd`. */
export function singularValues(a: RealOrComplex, rows: number, columns: number): Float64Array {
  return decompose("singularValues", a, rows, columns, false).singularValues;
}

/** The bidiagonal matrix made diagonal, of A or, when A is wide, of its (conjugate) transpose. */
function decompose(operation: string, a: RealOrComplex, rows: number, columns: number, vectors: boolean) {
  const factor = safeScale(checkedLargest(operation, a, rows, columns));
  const wide = rows < columns;
  const [m, n] = wide ? [columns, rows] : [rows, columns];
  const tall = (part: Float64Array, scale: number) => scaled(wide ? transpose(part, rows, columns) : part, scale);
  const lines: Bidiagonal = isComplex(a)
    ? bidiagonalizeComplex({ re: tall(a.re, factor), im: tall(a.im, wide ? -factor : factor) }, m, n, vectors)
    : bidiagonalize(tall(a, factor), m, n, vectors);
  diagonalize(lines);
  const { diagonal, right } = lines;
  for (let j = 0; j < n; j++) {
    // −0 too
    if (!(diagonal[j] < 0)) continue;
    diagonal[j] = -diagonal[j];
    for (const part of right) for (let i = j * n; i < (j + 1) * n; i++) part[i] = -part[i];
  }
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i]);
  return { lines, order, singularValues: Float64Array.from(order, (j) => Math.abs(diagonal[j]) / factor) };
}

/** The lines [k × length] in this order as columns [length × k]. */
function sortedColumns(lines: Float64Array, order: readonly number[], k: number, length: number): Float64Array {
  const sorted = new Float64Array(k * length);
  for (const [to, from] of order.entries()) sorted.set(lines.subarray(from * length, (from + 1) * length), to * length);
  return transpose(sorted, k, length);
}
