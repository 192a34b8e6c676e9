import { type ComplexMatrix, complexZeros, EPSILON, largestComponent, rowOf, scaled, unitScale } from "./complex.ts";

/** The eigenvectors of an upper triangular matrix, and how well conditioned its eigenvalues are. */
export interface TriangularEigenvectors {
  /** Line k: x_k with T·x_k = t_kk·x_k, of unit length. */
  readonly right: ComplexMatrix;
  /** Line k: y_kᴴ with y_kᴴ·T = t_kk·y_kᴴ, of unit length. */
  readonly left: ComplexMatrix;
  /** 1/|y_kᴴx_k|. */
  readonly conditions: Float64Array;
}

/**
 * By back and forward substitution, O(n³). Where two eigenvalues agree to rounding, the difference is replaced by one
 * rounding of the eigenvalue, as in LAPACK's ztrevc: vectors of a defective matrix come out nearly parallel. Long vectors
 * are scaled down on the way.
 */
export function triangularEigenvectors(t: ComplexMatrix, n: number): TriangularEigenvectors {
  const factor = unitScale(largestComponent(t));
  const unit = { re: scaled(t.re, factor), im: scaled(t.im, factor) };
  const right = complexZeros(n * n);
  const left = complexZeros(n * n);
  const conditions = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const x = rowOf(right, k, n);
    const y = rowOf(left, k, n);
    substituteBack(unit, n, k, x);
    substituteForward(unit, n, k, y);
    // x ends where y begins, at k: yᴴx is the product of two positive numbers.
    conditions[k] = Math.max(1, normalize(x, 0, k + 1, k) * normalize(y, k, n, k));
  }
  return { right, left, conditions };
}

/** Σ_{j>i} t_ij·x_j = (λ − t_ii)·x_i from x_k = 1 upwards. */
function substituteBack(t: ComplexMatrix, n: number, k: number, x: ComplexMatrix): void {
  x.re[k] = 1;
  for (let i = k - 1; i >= 0; i--) {
    const row = i * n;
    let re = 0;
    let im = 0;
    for (let j = i + 1; j <= k; j++) {
      const a = t.re[row + j];
      const b = t.im[row + j];
      re += a * x.re[j] - b * x.im[j];
      im += a * x.im[j] + b * x.re[j];
    }
    divide(t, n, k, i, re, im, x, i, k + 1);
  }
}

/** Σ_{j<i} w_j·t_ji = (λ − t_ii)·w_i for w = yᴴ from w_k = 1 downwards; w_j·t_j,i is added as soon as w_j is known. */
function substituteForward(t: ComplexMatrix, n: number, k: number, w: ComplexMatrix): void {
  w.re[k] = 1;
  for (let i = k; i < n; i++) {
    if (i > k) divide(t, n, k, i, w.re[i], w.im[i], w, k, n);
    const row = i * n;
    const a = w.re[i];
    const b = w.im[i];
    if (a === 0 && b === 0) continue;
    for (let j = i + 1; j < n; j++) {
      w.re[j] += a * t.re[row + j] - b * t.im[row + j];
      w.im[j] += a * t.im[row + j] + b * t.re[row + j];
    }
  }
}

/** v_i ← (re + i·im)/(t_kk − t_ii); when that is large, v[from … to−1] is scaled to make it 1. */
function divide(
  t: ComplexMatrix,
  n: number,
  k: number,
  i: number,
  re: number,
  im: number,
  v: ComplexMatrix,
  from: number,
  to: number,
): void {
  const [p, q] = [k * n + k, i * n + i];
  let dRe = t.re[p] - t.re[q];
  let dIm = t.im[p] - t.im[q];
  const least = Math.max(EPSILON * (Math.abs(t.re[p]) + Math.abs(t.im[p])), SMALL);
  if (Math.abs(dRe) + Math.abs(dIm) < least) {
    dRe = least;
    dIm = 0;
  }
  const size = Math.max(Math.abs(dRe), Math.abs(dIm));
  dRe /= size;
  dIm /= size;
  const square = (dRe * dRe + dIm * dIm) * size;
  v.re[i] = (re * dRe + im * dIm) / square;
  v.im[i] = (im * dRe - re * dIm) / square;
  const length = Math.max(Math.abs(v.re[i]), Math.abs(v.im[i]));
  if (length < LARGE) return;
  for (let j = from; j < to; j++) {
    v.re[j] /= length;
    v.im[j] /= length;
  }
}

/** Makes v[from … to−1] a unit vector; returns ‖v‖/v_k as it was. */
function normalize({ re, im }: ComplexMatrix, from: number, to: number, k: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += re[i] * re[i] + im[i] * im[i];
  const length = Math.sqrt(sum);
  const ratio = length / re[k];
  for (let i = from; i < to; i++) {
    re[i] /= length;
    im[i] /= length;
  }
  return ratio;
}

const SMALL = 2 ** -600;
const LARGE = 2 ** 100;
