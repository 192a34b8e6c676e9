import { NonFiniteError, SingularMatrixError } from "../errors.ts";
import type { ComplexMatrix } from "./complex.ts";
import { exchangeRows } from "./lu.ts";
import { assertMatrix } from "./matrix.ts";

/** P·A = L·U of a complex A [n × n]: `lu` holds U on and above the diagonal and the unit lower L below it. */
export interface ComplexLU {
  readonly lu: ComplexMatrix;
  /** Row i was exchanged with row pivots[i], in the order i = 0 … n−1. */
  readonly pivots: Int32Array;
}

/**
 * X [n × columns] with A·X = B for complex A [n × n], B [n × columns]; by LU with partial pivoting.
 * Throws `SingularMatrixError`, `NonFiniteError` (see `factorComplexLU`) and `ShapeError`.
 */
export function complexSolve(a: ComplexMatrix, b: ComplexMatrix, n: number, columns = 1): ComplexMatrix {
  for (const part of [b.re, b.im]) assertMatrix("complexSolve: B", part, n, columns);
  const x = { re: b.re.slice(), im: b.im.slice() };
  solveFactored(factorComplexLU(a, n), x, n, columns);
  return x;
}

/**
 * P·A = L·U with partial pivoting by |re| + |im|. Throws `SingularMatrixError` when a pivot column is exactly zero,
 * `NonFiniteError` when it holds NaN or ±Infinity, `ShapeError` when the arrays do not fit.
 */
export function factorComplexLU(a: ComplexMatrix, n: number): ComplexLU {
  for (const part of [a.re, a.im]) assertMatrix("factorComplexLU", part, n, n);
  const re = a.re.slice();
  const im = a.im.slice();
  const pivots = new Int32Array(n);
  for (let j = 0; j < n; j++) {
    const chosen = choosePivot(re, im, n, j);
    pivots[j] = chosen;
    if (chosen !== j) {
      exchangeRows(re, n, j, chosen);
      exchangeRows(im, n, j, chosen);
    }
    eliminate(re, im, n, j);
  }
  return { lu: { re, im }, pivots };
}

/** X ← A⁻¹·X in place, X [n × columns]. */
export function solveFactored({ lu, pivots }: ComplexLU, x: ComplexMatrix, n: number, columns = 1): void {
  for (let i = 0; i < n; i++) {
    if (pivots[i] === i) continue;
    exchangeRows(x.re, columns, i, pivots[i]);
    exchangeRows(x.im, columns, i, pivots[i]);
  }
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) subtractRow(x, i, j, columns, lu.re[i * n + j], lu.im[i * n + j]);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) subtractRow(x, i, j, columns, lu.re[i * n + j], lu.im[i * n + j]);
    divideRow(x, i, columns, lu.re[i * n + i], lu.im[i * n + i]);
  }
}

function choosePivot(re: Float64Array, im: Float64Array, n: number, j: number): number {
  let chosen = j;
  let largest = -1;
  for (let i = j; i < n; i++) {
    const size = Math.abs(re[i * n + j]) + Math.abs(im[i * n + j]);
    if (!(size <= Number.MAX_VALUE)) {
      throw new NonFiniteError(
        `The complex ${n} × ${n} matrix to factor has ${re[i * n + j]} + ${im[i * n + j]}i in column ${j}; expected finite numbers. Look for the update or gradient that produced it.`,
      );
    }
    if (size > largest) {
      largest = size;
      chosen = i;
    }
  }
  if (largest > 0) return chosen;
  throw new SingularMatrixError(
    `The complex ${n} × ${n} matrix is singular: pivot 0 in column ${j}, whose rows ${j} to ${n - 1} are all zero after elimination. Its columns must be linearly independent; remove or change the dependent one.`,
  );
}

/** Subtracts multiples of row j from the rows below, so that column j vanishes there. */
function eliminate(re: Float64Array, im: Float64Array, n: number, j: number): void {
  const top = j * n;
  const [pRe, pIm] = [re[top + j], im[top + j]];
  const size = Math.max(Math.abs(pRe), Math.abs(pIm));
  const [uRe, uIm] = [pRe / size, pIm / size];
  const square = uRe * uRe + uIm * uIm;
  for (let i = j + 1; i < n; i++) {
    const row = i * n;
    const [aRe, aIm] = [re[row + j] / size, im[row + j] / size];
    const fRe = (aRe * uRe + aIm * uIm) / square;
    const fIm = (aIm * uRe - aRe * uIm) / square;
    re[row + j] = fRe;
    im[row + j] = fIm;
    if (fRe === 0 && fIm === 0) continue;
    for (let c = j + 1; c < n; c++) {
      const x = re[top + c];
      const y = im[top + c];
      re[row + c] -= fRe * x - fIm * y;
      im[row + c] -= fRe * y + fIm * x;
    }
  }
}

/** Row i ← row i − f·row j. */
function subtractRow({ re, im }: ComplexMatrix, i: number, j: number, columns: number, fRe: number, fIm: number): void {
  for (let s = 0, p = i * columns, q = j * columns; s < columns; s++, p++, q++) {
    re[p] -= fRe * re[q] - fIm * im[q];
    im[p] -= fRe * im[q] + fIm * re[q];
  }
}

/** Row i ← row i / d. */
function divideRow({ re, im }: ComplexMatrix, i: number, columns: number, dRe: number, dIm: number): void {
  const size = Math.max(Math.abs(dRe), Math.abs(dIm));
  const [uRe, uIm] = [dRe / size, dIm / size];
  const square = uRe * uRe + uIm * uIm;
  for (let p = i * columns, end = p + columns; p < end; p++) {
    const [x, y] = [re[p] / size, im[p] / size];
    re[p] = (x * uRe + y * uIm) / square;
    im[p] = (y * uRe - x * uIm) / square;
  }
}
