import { ShapeError } from "../errors.ts";
import { addProduct, transposedView, view } from "./gemm.ts";
import { assertMatrix, transpose } from "./matrix.ts";

/**
 * The thin factorisation A = Q·R of A [rows × columns], rows ≥ columns: Q [rows × columns] with QᵀQ = I, R [columns ×
 * columns] upper triangular. The sign of R's diagonal is free. Householder reflections Hⱼ = I − τⱼ·vⱼvⱼᵀ, gathered in
 * blocks H₁…H_b = I − V·T·Vᵀ (Schreiber and Van Loan, "A Storage-Efficient WY Representation", 1989).
 * Throws `ShapeError` when rows < columns or the array does not fit.
 */
export function qr(a: Float64Array, rows: number, columns: number): { q: Float64Array; r: Float64Array } {
  assertMatrix("qr", a, rows, columns);
  if (rows < columns) {
    throw new ShapeError(
      `qr: needs at least as many rows as columns, but got ${rows} × ${columns}; factor the transpose instead.`,
    );
  }
  // Transposed, a column is contiguous: line j of `lines` is column j.
  const lines = transpose(a, rows, columns);
  const blocks: Block[] = [];
  for (let first = 0; first < columns; first += BLOCK) {
    const block = reflectBlock(lines, rows, first, Math.min(BLOCK, columns - first));
    applyBlock(block, lines, rows, first + block.width, columns, true);
    blocks.push(block);
  }
  const r = new Float64Array(columns * columns);
  for (let j = 0; j < columns; j++) for (let i = 0; i <= j; i++) r[i * columns + j] = lines[j * rows + i];

  lines.fill(0);
  for (let j = 0; j < columns; j++) lines[j * rows + j] = 1;
  for (const block of blocks.reverse()) applyBlock(block, lines, rows, block.first, columns, false);
  return { q: transpose(lines, columns, rows), r };
}

/** H = I − V·T·Vᵀ acting on the rows from `first` down: `v` [width × height] holds V transposed, `t` [width × width]. */
interface Block {
  readonly first: number;
  readonly width: number;
  readonly height: number;
  readonly v: Float64Array;
  readonly t: Float64Array;
}

/** Makes the lines first … first+width−1 triangular, one reflection each, and returns their product. */
function reflectBlock(lines: Float64Array, rows: number, first: number, width: number): Block {
  const height = rows - first;
  const v = new Float64Array(width * height);
  const t = new Float64Array(width * width);
  for (let j = 0; j < width; j++) {
    const line = lines.subarray((first + j) * rows + first, (first + j + 1) * rows);
    const tau = reflect(line, j);
    const vector = v.subarray(j * height, (j + 1) * height);
    vector.set(line.subarray(j), j);
    vector[j] = 1;
    line.fill(0, j + 1);
    for (let c = j + 1; c < width; c++) {
      const other = lines.subarray((first + c) * rows + first, (first + c + 1) * rows);
      addScaled(other, -tau * dot(other, vector, j), vector, j);
    }
    // T_{·j} = −τⱼ·T·(Vᵀvⱼ), T_jj = τⱼ
    for (let i = 0; i < j; i++) t[i * width + j] = -tau * dot(v.subarray(i * height, (i + 1) * height), vector, j);
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let s = i; s < j; s++) sum += t[i * width + s] * t[s * width + j];
      t[i * width + j] = sum;
    }
    t[j * width + j] = tau;
  }
  return { first, width, height, v, t };
}

/** Overwrites x[j…] with (β, v_{j+1}, …), where (I − τ·vvᵀ)·x[j…] = (β, 0, …) and v_j = 1. Returns τ. */
export function reflect(x: Float64Array, j: number): number {
  let largest = 0;
  for (let i = j; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]));
  if (largest === 0) return 0;
  let tail = 0;
  for (let i = j + 1; i < x.length; i++) tail += (x[i] / largest) ** 2;
  const alpha = x[j];
  if (tail === 0) return 0;
  const beta = -Math.sign(alpha || 1) * largest * Math.sqrt((alpha / largest) ** 2 + tail);
  for (let i = j + 1; i < x.length; i++) x[i] /= alpha - beta;
  x[j] = beta;
  return (beta - alpha) / beta;
}

/** Each line ℓ from `from` up to `to`, as a column, becomes Hᵀ·ℓ (`transposed`) or H·ℓ. */
function applyBlock(
  { first, width, height, v, t }: Block,
  lines: Float64Array,
  rows: number,
  from: number,
  to: number,
  transposed: boolean,
): void {
  const count = to - from;
  if (count === 0) return;
  const target = view(lines, rows, from, first);
  const reflectors = view(v, height);
  const factor = view(t, width);
  const projected = new Float64Array(count * width);
  const scaled = new Float64Array(count * width);
  addProduct(view(projected, width), 1, target, transposedView(reflectors), count, height, width);
  addProduct(
    view(scaled, width),
    1,
    view(projected, width),
    transposed ? factor : transposedView(factor),
    count,
    width,
    width,
  );
  addProduct(target, -1, view(scaled, width), reflectors, count, width, height);
}

function dot(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < b.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(a: Float64Array, factor: number, b: Float64Array, from: number): void {
  for (let i = from; i < b.length; i++) a[i] += factor * b[i];
}

const BLOCK = 32;
