import { ShapeError } from "../errors.ts";
import type { FloatArray } from "./kernels.ts";

/** The identity [n × n]. */
export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

/** Aᵀ [columns × rows] of A [rows × columns], written to `out` when given (which may not alias A). */
export function transpose(
  a: FloatArray,
  rows: number,
  columns: number,
  out: Float64Array = new Float64Array(rows * columns),
): Float64Array {
  assertMatrix("transpose", a, rows, columns);
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let j = 0; j < columns; j++) {
      for (let i = top; i < bottom; i++) out[j * rows + i] = a[i * columns + j];
    }
  }
  return out;
}

/** ‖A‖_F = √Σ a_ij², without overflow of the squares. */
export function frobeniusNorm(a: FloatArray): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** Throws `ShapeError` unless `a` holds rows × columns numbers. */
export function assertMatrix(operation: string, a: FloatArray, rows: number, columns: number): void {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 0 || columns < 0) {
    throw new ShapeError(`${operation}: a matrix cannot be ${rows} × ${columns}; give two non-negative integers.`);
  }
  if (a.length === rows * columns) return;
  throw new ShapeError(
    `${operation}: ${rows} × ${columns} needs an array of ${rows * columns} numbers, row-major and without padding, but got ${a.length}.`,
  );
}

const TILE = 16;
