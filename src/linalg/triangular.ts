import { addProduct, type MatrixView, view } from "./gemm.ts";

/** X ← L⁻¹·X in place: L [n × n] unit lower triangular at (row, row) of `lu`, X [n × columns]. */
export function solveUnitLower(
  lu: Float64Array,
  stride: number,
  row: number,
  n: number,
  x: MatrixView,
  columns: number,
): void {
  if (n > BASE) {
    const half = splitAt(n);
    const rest = below(x, half);
    solveUnitLower(lu, stride, row, half, x, columns);
    addProduct(rest, -1, view(lu, stride, row + half, row), x, n - half, half, columns);
    solveUnitLower(lu, stride, row + half, n - half, rest, columns);
    return;
  }
  for (let i = 1; i < n; i++) {
    const at = x.offset + i * x.rowStride;
    for (let j = 0; j < i; j++) {
      addRow(x.data, at, -lu[(row + i) * stride + row + j], x.offset + j * x.rowStride, columns);
    }
  }
}

/** X ← U⁻¹·X in place: U [n × n] upper triangular at (row, row) of `lu`, X [n × columns]. */
export function solveUpper(
  lu: Float64Array,
  stride: number,
  row: number,
  n: number,
  x: MatrixView,
  columns: number,
): void {
  if (n > BASE) {
    const half = splitAt(n);
    const rest = below(x, half);
    solveUpper(lu, stride, row + half, n - half, rest, columns);
    addProduct(x, -1, view(lu, stride, row, row + half), rest, half, n - half, columns);
    solveUpper(lu, stride, row, half, x, columns);
    return;
  }
  for (let i = n - 1; i >= 0; i--) {
    const at = x.offset + i * x.rowStride;
    const line = (row + i) * stride + row;
    for (let j = i + 1; j < n; j++) addRow(x.data, at, -lu[line + j], x.offset + j * x.rowStride, columns);
    const pivot = lu[line + i];
    for (let s = 0; s < columns; s++) x.data[at + s] /= pivot;
  }
}

/** Where recursive algorithms cut n: near the middle, at a multiple of the register tile. */
export function splitAt(n: number): number {
  return Math.ceil(n / 8) * 4;
}

/** Below this size recursion costs more than it saves. */
export const BASE = 12;

function below(x: MatrixView, rows: number): MatrixView {
  return { ...x, offset: x.offset + rows * x.rowStride };
}

function addRow(data: Float64Array, to: number, factor: number, from: number, columns: number): void {
  for (let s = 0; s < columns; s++) data[to + s] += factor * data[from + s];
}
