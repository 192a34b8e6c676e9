import { NonFiniteError, SingularMatrixError } from "../errors.ts";
import { addProduct, view } from "./gemm.ts";
import { BASE, solveUnitLower, splitAt } from "./triangular.ts";

/**
 * P·A = L·U in place, partial pivoting, recursive over column halves (Toledo, "Locality of Reference in LU Decomposition
 * with Partial Pivoting", 1997). On return `a` [n × n] holds U on and above the diagonal and the unit lower L below it,
 * and row i was exchanged with row `pivots[i]`, in the order i = 0 … n−1.
 *
 * Throws `SingularMatrixError` when a pivot column is exactly zero, `NonFiniteError` when it holds NaN or ±Infinity.
 */
export function factorLU(a: Float64Array, n: number, pivots: Int32Array): void {
  factorColumns(a, n, 0, n, pivots);
}

/** Columns first … first+width−1 of the rows from `first` down; everything left of them is done. */
function factorColumns(a: Float64Array, n: number, first: number, width: number, pivots: Int32Array): void {
  if (width <= BASE) {
    for (let j = first; j < first + width; j++) eliminateColumn(a, n, j, first + width, pivots);
    return;
  }
  const left = splitAt(width);
  const middle = first + left;
  const right = width - left;
  factorColumns(a, n, first, left, pivots);
  const upper = view(a, n, first, middle);
  solveUnitLower(a, n, first, left, upper, right);
  addProduct(view(a, n, middle, middle), -1, view(a, n, middle, first), upper, n - middle, left, right);
  factorColumns(a, n, middle, right, pivots);
}

function eliminateColumn(a: Float64Array, n: number, j: number, end: number, pivots: Int32Array): void {
  let chosen = j;
  let largest = Math.abs(a[j * n + j]);
  for (let i = j + 1; i < n; i++) {
    const size = Math.abs(a[i * n + j]);
    if (size > largest || Number.isNaN(size)) {
      largest = size;
      chosen = i;
    }
  }
  const pivot = a[chosen * n + j];
  checkPivot(pivot, j, n);
  pivots[j] = chosen;
  if (chosen !== j) exchangeRows(a, n, j, chosen);
  for (let i = j + 1; i < n; i++) {
    const factor = a[i * n + j] / pivot;
    a[i * n + j] = factor;
    for (let c = j + 1; c < end; c++) a[i * n + c] -= factor * a[j * n + c];
  }
}

/** Exchanges rows i and j of a matrix of `columns` columns. */
export function exchangeRows(a: Float64Array, columns: number, i: number, j: number): void {
  for (let p = i * columns, q = j * columns, end = p + columns; p < end; p++, q++) {
    const held = a[p];
    a[p] = a[q];
    a[q] = held;
  }
}

function checkPivot(pivot: number, column: number, n: number): void {
  if (!Number.isFinite(pivot)) {
    throw new NonFiniteError(
      `The ${n} × ${n} matrix to factor has the pivot ${pivot} in column ${column}; expected finite numbers. Look for the update or gradient that produced it, or lower the learning rate.`,
    );
  }
  if (pivot !== 0) return;
  throw new SingularMatrixError(
    `The ${n} × ${n} matrix is singular: pivot 0 in column ${column}, whose rows ${column} to ${n - 1} are all zero after elimination. Its columns must be linearly independent; remove or change the dependent one.`,
  );
}
