import type { ComplexMatrix } from "../complex.ts";
import { denseKernels } from "../dense.ts";
import { eigenvectors } from "../eigenvectors.ts";
import { frobeniusNorm } from "../matrix.ts";
import { qr } from "../qr.ts";
import { dot, normalized } from "./vector.ts";

/** An eigenvalue λ = re + i·im of a real operator, im ≥ 0 unless it was asked for, with a unit vector x. */
export interface Eigenpair {
  readonly re: number;
  readonly im: number;
  readonly vector: ComplexMatrix;
  /** ‖A·x − λ·x‖ / |λ|; 0 when it is 0 / 0. */
  readonly residual: number;
  /** Applications of the operator. */
  readonly iterations: number;
  readonly converged: boolean;
}

export interface ArnoldiOptions {
  readonly start: Float64Array;
  /** Relative residual at which the iteration ends. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** The eigenvalue wanted, known to about seven digits. Default: one of the largest modulus. */
  readonly target?: { readonly re: number; readonly im: number };
}

/**
 * An eigenpair of largest modulus of a real operator on n numbers, real or one of a complex pair, by Arnoldi's method with
 * thick restarts: of a full basis the span of the largest Ritz vectors is kept, with their real and imaginary parts (the
 * real form of Stewart, "A Krylov–Schur Algorithm for Large Eigenproblems", 2001).
 */
export function arnoldi(
  apply: (out: Float64Array, x: Float64Array) => void,
  n: number,
  { start, tolerance, maxIterations, target }: ArnoldiOptions,
): Eigenpair {
  const size = Math.min(n, BASIS);
  const basis = Array.from({ length: size + 1 }, () => new Float64Array(n));
  basis[0].set(normalized(start));
  let projected = new Float64Array(size * size);
  let kept = 0;
  let iterations = 0;
  for (;;) {
    let used = size;
    let beta = 0;
    for (let j = kept; j < used; j++) {
      const next = basis[j + 1];
      apply(next, basis[j]);
      iterations++;
      const before = frobeniusNorm(next);
      beta = orthogonalizeAgainst(basis, j + 1, next, projected, j, size);
      if (beta < REPEAT * before) beta = orthogonalizeAgainst(basis, j + 1, next, projected, j, size);
      if (beta <= INVARIANT * before) {
        beta = 0;
        used = j + 1;
        break;
      }
      for (let s = 0; s < n; s++) next[s] /= beta;
      if (j + 1 < used) projected[(j + 1) * size + j] = beta;
    }
    const small = leadingBlock(projected, size, used);
    const { values, right } = eigenvectors(small, used);
    const order = byModulus(values);
    const chosen = target ? nearest(values, target) : order[0];
    const [re, im] = [values.re[chosen], values.im[chosen]];
    const ritz = columnOf(right, chosen, used);
    const modulus = Math.hypot(re, im);
    const estimate = beta * Math.hypot(ritz.re[used - 1], ritz.im[used - 1]);
    const isRight = !target || Math.hypot(re - target.re, im - target.im) <= SAME * modulus;
    const isSettled = estimate <= 0.5 * tolerance * modulus && isRight;
    if (isSettled || iterations >= maxIterations || used < size || size === n) {
      const vector = { re: combine(basis, ritz.re, n), im: combine(basis, ritz.im, n) };
      const residual = eigenResidual(apply, re, im, vector);
      return { re, im, vector, residual, iterations: iterations + 2, converged: residual <= tolerance && isRight };
    }
    const y = realSpan(values, right, order, KEPT);
    kept = y.columns;
    projected = restart(basis, small, y, beta, size, n);
  }
}

/** x ← x less its parts along the first vectors, which are added to a column of `projected`. Returns ‖x‖. */
function orthogonalizeAgainst(
  basis: readonly Float64Array[],
  count: number,
  x: Float64Array,
  projected: Float64Array,
  column: number,
  size: number,
): number {
  for (let i = 0; i < count; i++) {
    const vector = basis[i];
    const along = dot(x, vector);
    projected[i * size + column] += along;
    for (let s = 0; s < x.length; s++) x[s] -= along * vector[s];
  }
  return frobeniusNorm(x);
}

/** ‖A·x − λ·x‖ / |λ| of a real operator A and a complex x; 0 when it is 0 / 0. */
export function eigenResidual(
  apply: (out: Float64Array, x: Float64Array) => void,
  re: number,
  im: number,
  vector: ComplexMatrix,
): number {
  const n = vector.re.length;
  const [imageRe, imageIm] = [new Float64Array(n), new Float64Array(n)];
  apply(imageRe, vector.re);
  apply(imageIm, vector.im);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += (imageRe[i] - re * vector.re[i] + im * vector.im[i]) ** 2;
    sum += (imageIm[i] - re * vector.im[i] - im * vector.re[i]) ** 2;
  }
  return sum === 0 ? 0 : Math.sqrt(sum) / Math.hypot(re, im);
}

/** Basis vectors are y's columns applied to the old ones, then the residual's direction; returns the projected matrix. */
function restart(
  basis: Float64Array[],
  small: Float64Array,
  { q, columns }: { q: Float64Array; columns: number },
  beta: number,
  size: number,
  n: number,
): Float64Array<ArrayBuffer> {
  const column = (j: number) => Float64Array.from({ length: size }, (_, i) => q[i * columns + j]);
  const fresh = Array.from({ length: columns }, (_, j) => combine(basis, column(j), n));
  fresh.push(basis[size].slice());
  fresh.forEach((vector, j) => {
    basis[j].set(vector);
  });
  const half = new Float64Array(size * columns);
  const block = new Float64Array(columns * columns);
  denseKernels.multiply(half, small, q, { m: size, k: size, n: columns });
  denseKernels.multiply(block, q, half, { m: columns, k: size, n: columns, transposeA: true });
  const projected = new Float64Array(size * size);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) projected[i * size + j] = block[i * columns + j];
    projected[columns * size + i] = beta * q[(size - 1) * columns + i];
  }
  return projected;
}

/** An orthonormal basis [rows × columns] of the span of the first eigenvectors, whole conjugate pairs. */
function realSpan(
  values: ComplexMatrix,
  right: ComplexMatrix,
  order: readonly number[],
  count: number,
): { q: Float64Array; columns: number } {
  const rows = values.re.length;
  const columns: Float64Array[] = [];
  const real = REAL * Math.hypot(values.re[order[0]], values.im[order[0]]);
  for (const k of order) {
    if (columns.length >= count) break;
    if (values.im[k] < -real) continue;
    const x = columnOf(right, k, rows);
    columns.push(x.re);
    if (values.im[k] > real) columns.push(x.im);
  }
  const stacked = new Float64Array(rows * columns.length);
  columns.forEach((vector, j) => {
    for (let i = 0; i < rows; i++) stacked[i * columns.length + j] = vector[i];
  });
  return { q: qr(stacked, rows, columns.length).q, columns: columns.length };
}

/** Column k of a matrix of n columns. */
export function columnOf({ re, im }: ComplexMatrix, k: number, n: number): ComplexMatrix {
  const column = (part: Float64Array) => Float64Array.from({ length: part.length / n }, (_, i) => part[i * n + k]);
  return { re: column(re), im: column(im) };
}

/** Indices of the eigenvalues, largest modulus first; of a pair the one with im ≥ 0 first. */
export function byModulus({ re, im }: ComplexMatrix): number[] {
  const key = Array.from(re, (value, k) => Math.hypot(value, im[k]) * (im[k] < 0 ? 1 - PAIR : 1));
  return key.map((_, k) => k).sort((i, j) => key[j] - key[i] || i - j);
}

/** The index of the eigenvalue nearest to a number. */
export function nearest({ re, im }: ComplexMatrix, target: { readonly re: number; readonly im: number }): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < re.length; k++) {
    const distance = Math.hypot(re[k] - target.re, im[k] - target.im);
    if (distance < least) [best, least] = [k, distance];
  }
  return best;
}

function leadingBlock(a: Float64Array, stride: number, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out.set(a.subarray(i * stride, i * stride + n), i * n);
  return out;
}

function combine(basis: readonly Float64Array[], weights: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n);
  weights.forEach((weight, j) => {
    for (let i = 0; i < n; i++) out[i] += weight * basis[j][i];
  });
  return out;
}

/** Vectors of a full basis, and about how many a restart keeps. */
const BASIS = 40;
const KEPT = 12;
/** A vector that has lost more than this to the others is orthogonalized twice, which is enough (Kahan and Parlett). */
const REPEAT = 0.7;
/** What is left of a vector after orthogonalization, relative to it, that is rounding. */
const INVARIANT = 1e-14;
/** Imaginary part, relative to the largest eigenvalue, below which an eigenvalue is real. */
const REAL = 1e-12;
/** Distance from the target that still is the eigenvalue meant. */
const SAME = 1e-6;
/** More than rounding between the moduli of a pair. */
const PAIR = 1e-10;
