import { type ComplexMatrix, complexZeros, rowOf } from "./complex.ts";
import {
  reflectColumns,
  reflectComplex,
  reflectComplexColumns,
  reflectComplexRows,
  reflectRows,
} from "./householder.ts";
import { reflect } from "./qr.ts";

/**
 * A = U·B·Vᴴ with B real, upper bidiagonal: `diagonal` [columns] and `above` [columns − 1]. The lines of `left` are the
 * rows of Uᴴ [columns × rows], those of `right` the rows of Vᴴ [columns × columns]; real and imaginary parts are separate
 * arrays, and both lists are empty when no vectors were asked for.
 */
export interface Bidiagonal {
  readonly diagonal: Float64Array;
  readonly above: Float64Array;
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
}

/** Of a real A [rows × columns], rows ≥ columns, which is overwritten (Golub and Kahan 1965). */
export function bidiagonalize(a: Float64Array, rows: number, columns: number, vectors: boolean): Bidiagonal {
  const diagonal = new Float64Array(columns);
  const above = new Float64Array(Math.max(0, columns - 1));
  const leftTau = new Float64Array(columns);
  const rightTau = new Float64Array(columns);
  const v = new Float64Array(rows);
  const work = new Float64Array(columns);
  const part = { stride: columns, bottom: rows, right: columns };
  for (let j = 0; j < columns; j++) {
    for (let i = j; i < rows; i++) v[i] = a[i * columns + j];
    leftTau[j] = reflect(v, j);
    diagonal[j] = v[j];
    v[j] = 1;
    reflectRows(a, { ...part, top: j, left: j + 1 }, v, leftTau[j], work);
    for (let i = j; i < rows; i++) a[i * columns + j] = v[i];
    if (j + 1 === columns) break;
    const row = a.subarray(j * columns, (j + 1) * columns);
    rightTau[j] = reflect(row, j + 1);
    above[j] = row[j + 1];
    row[j + 1] = 1;
    reflectColumns(a, { ...part, top: j + 1, left: j + 1 }, row, rightTau[j]);
  }
  if (!vectors) return { diagonal, above, left: [], right: [] };
  const left = identityLines(columns, rows);
  const right = identityLines(columns, columns);
  for (let j = columns - 1; j >= 0; j--) {
    for (let i = j; i < rows; i++) v[i] = a[i * columns + j];
    reflectColumns(left, { stride: rows, top: j, bottom: columns, left: j, right: rows }, v, leftTau[j]);
    const row = a.subarray(j * columns, (j + 1) * columns);
    const lower = { stride: columns, top: j + 1, bottom: columns, left: j + 1, right: columns };
    reflectColumns(right, lower, row, rightTau[j]);
  }
  return { diagonal, above, left: [left], right: [right] };
}

/** Of a complex A [rows × columns], rows ≥ columns, which is overwritten. */
export function bidiagonalizeComplex(a: ComplexMatrix, rows: number, columns: number, vectors: boolean): Bidiagonal {
  const diagonal = new Float64Array(columns);
  const above = new Float64Array(Math.max(0, columns - 1));
  const leftTau = complexZeros(columns);
  const rightTau = complexZeros(columns);
  const v = complexZeros(rows);
  const work = complexZeros(columns);
  const part = { stride: columns, bottom: rows, right: columns };
  for (let j = 0; j < columns; j++) {
    copyColumn(v, a, j, j, rows, columns);
    reflectComplex(v, j, rows, leftTau, j);
    diagonal[j] = v.re[j];
    v.re[j] = 1;
    reflectComplexRows(a, { ...part, top: j, left: j + 1 }, v, leftTau.re[j], -leftTau.im[j], work);
    for (let i = j; i < rows; i++) {
      a.re[i * columns + j] = v.re[i];
      a.im[i * columns + j] = v.im[i];
    }
    if (j + 1 === columns) break;
    // row·G is real at j + 1 and zero behind it when Gᴴ does the same to the conjugated row.
    const row = rowOf(a, j, columns);
    for (let c = j + 1; c < columns; c++) row.im[c] = -row.im[c];
    reflectComplex(row, j + 1, columns, rightTau, j);
    above[j] = row.re[j + 1];
    row.re[j + 1] = 1;
    reflectComplexColumns(a, { ...part, top: j + 1, left: j + 1 }, row, rightTau.re[j], rightTau.im[j]);
  }
  if (!vectors) return { diagonal, above, left: [], right: [] };
  const left = { re: identityLines(columns, rows), im: new Float64Array(columns * rows) };
  const right = { re: identityLines(columns, columns), im: new Float64Array(columns * columns) };
  for (let j = columns - 1; j >= 0; j--) {
    copyColumn(v, a, j, j, rows, columns);
    const wide = { stride: rows, top: j, bottom: columns, left: j, right: rows };
    reflectComplexColumns(left, wide, v, leftTau.re[j], -leftTau.im[j]);
    const lower = { stride: columns, top: j + 1, bottom: columns, left: j + 1, right: columns };
    reflectComplexColumns(right, lower, rowOf(a, j, columns), rightTau.re[j], -rightTau.im[j]);
  }
  return { diagonal, above, left: [left.re, left.im], right: [right.re, right.im] };
}

function copyColumn(v: ComplexMatrix, a: ComplexMatrix, j: number, from: number, rows: number, columns: number): void {
  for (let i = from; i < rows; i++) {
    v.re[i] = a.re[i * columns + j];
    v.im[i] = a.im[i * columns + j];
  }
}

/** The first `count` lines of the identity of order `length` ≥ `count`. */
function identityLines(count: number, length: number): Float64Array {
  const lines = new Float64Array(count * length);
  for (let j = 0; j < count; j++) lines[j * length + j] = 1;
  return lines;
}
