import { NonFiniteError, ShapeError } from "../errors.ts";
import { assertMatrix } from "./matrix.ts";

/** A complex matrix, row-major: element (i, j) is re[i·columns + j] + i·im[i·columns + j]. A vector has one column. */
export interface ComplexMatrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** What the decompositions take: the numbers of a real matrix, or a complex matrix. */
export type RealOrComplex = Float64Array | ComplexMatrix;

/** Whether a matrix is stored as real and imaginary parts. */
export function isComplex(a: RealOrComplex): a is ComplexMatrix {
  return !(a instanceof Float64Array);
}

/** A zero matrix of `length` elements. */
export function complexZeros(length: number): ComplexMatrix {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** One row of a matrix of `columns` columns, sharing memory. */
export function rowOf(a: ComplexMatrix, row: number, columns: number): ComplexMatrix {
  const [from, to] = [row * columns, (row + 1) * columns];
  return { re: a.re.subarray(from, to), im: a.im.subarray(from, to) };
}

/** A copy as a complex matrix. */
export function toComplex(a: RealOrComplex): ComplexMatrix {
  if (isComplex(a)) return { re: a.re.slice(), im: a.im.slice() };
  return { re: a.slice(), im: new Float64Array(a.length) };
}

/**
 * max |a_ij| by components, after checking a matrix to decompose: throws `ShapeError` when it is empty or the arrays do
 * not fit, `NonFiniteError` when it holds NaN or ±Infinity.
 */
export function checkedLargest(operation: string, a: RealOrComplex, rows: number, columns: number): number {
  const parts = isComplex(a) ? [a.re, a.im] : [a];
  for (const part of parts) assertMatrix(operation, part, rows, columns);
  if (rows === 0 || columns === 0) {
    throw new ShapeError(`${operation}: the matrix is empty (${rows} × ${columns}); give at least one row and column.`);
  }
  let largest = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const size = Math.abs(part[i]);
      if (size > largest) largest = size;
      if (!(size <= Number.MAX_VALUE)) {
        throw new NonFiniteError(
          `${operation}: element (${Math.floor(i / columns)}, ${i % columns}) of the ${rows} × ${columns} matrix is ${part[i]}; expected finite numbers. Look for the update or gradient that produced it.`,
        );
      }
    }
  }
  return largest;
}

/** A power of two by which a matrix of this largest entry must be multiplied so that squares neither overflow nor vanish. */
export function safeScale(largest: number): number {
  return largest > 2 ** -200 && largest < 2 ** 200 ? 1 : unitScale(largest);
}

/** A power of two that brings this largest entry near 1; 1 for 0. */
export function unitScale(largest: number): number {
  return largest === 0 ? 1 : 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
}

/** max |a_ij| by components. */
export function largestComponent({ re, im }: ComplexMatrix): number {
  let largest = 0;
  for (let i = 0; i < re.length; i++) largest = Math.max(largest, Math.abs(re[i]), Math.abs(im[i]));
  return largest;
}

/** The diagonal of an n × n matrix. */
export function diagonalOf({ re, im }: ComplexMatrix, n: number): ComplexMatrix {
  const diagonal = (part: Float64Array) => Float64Array.from({ length: n }, (_, k) => part[k * n + k]);
  return { re: diagonal(re), im: diagonal(im) };
}

/** A copy times `factor`. */
export function scaled(a: Float64Array, factor: number): Float64Array {
  const out = a.slice();
  if (factor !== 1) for (let i = 0; i < out.length; i++) out[i] *= factor;
  return out;
}

/** The relative spacing of float64 numbers, 2⁻⁵². */
export const EPSILON = Number.EPSILON;
