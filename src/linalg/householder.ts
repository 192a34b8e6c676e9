/**
 * Householder reflections H = I − τ·vvᴴ applied to parts of row-major matrices. `v` is indexed like the rows (columns) it
 * acts on, with v = 1 at the first of them. Real and complex; every inner loop runs along a row.
 *
 * @module
 */

import type { ComplexMatrix } from "./complex.ts";

/** The part of a row-major matrix of `stride` columns: rows top … bottom−1, columns left … right−1. */
export interface Part {
  readonly stride: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A ← (I − τ·vvᵀ)·A; `work` needs `right` numbers. */
export function reflectRows(a: Float64Array, part: Part, v: Float64Array, tau: number, work: Float64Array): void {
  if (tau === 0) return;
  const { stride, top, bottom, left, right } = part;
  work.fill(0, left, right);
  let i = top;
  for (; i + 1 < bottom; i += 2) {
    const v0 = v[i];
    const v1 = v[i + 1];
    const p = i * stride;
    const q = p + stride;
    for (let j = left; j < right; j++) work[j] += v0 * a[p + j] + v1 * a[q + j];
  }
  for (; i < bottom; i++) for (let j = left, p = i * stride; j < right; j++) work[j] += v[i] * a[p + j];
  for (i = top; i < bottom; i++) {
    const factor = tau * v[i];
    for (let j = left, p = i * stride; j < right; j++) a[p + j] -= factor * work[j];
  }
}

/** A ← A·(I − τ·vvᵀ). */
export function reflectColumns(a: Float64Array, part: Part, v: Float64Array, tau: number): void {
  if (tau === 0) return;
  const { stride, top, bottom, left, right } = part;
  for (let i = top; i < bottom; i++) {
    const p = i * stride;
    let even = 0;
    let odd = 0;
    let j = left;
    for (; j + 1 < right; j += 2) {
      even += a[p + j] * v[j];
      odd += a[p + j + 1] * v[j + 1];
    }
    if (j < right) even += a[p + j] * v[j];
    const factor = tau * (even + odd);
    for (j = left; j < right; j++) a[p + j] -= factor * v[j];
  }
}

/**
 * Overwrites x[from … to−1] with (β, v…), where Hᴴ·x = (β, 0, …), β is real and H = I − τ·vvᴴ has v = 1 at `from`.
 * Writes τ to `tau` at `at`.
 */
export function reflectComplex(x: ComplexMatrix, from: number, to: number, tau: ComplexMatrix, at: number): void {
  const { re, im } = x;
  tau.re[at] = 0;
  tau.im[at] = 0;
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(re[i]), Math.abs(im[i]));
  if (largest === 0) return;
  let tail = 0;
  for (let i = from + 1; i < to; i++) tail += (re[i] / largest) ** 2 + (im[i] / largest) ** 2;
  const alphaRe = re[from] / largest;
  const alphaIm = im[from] / largest;
  if (tail === 0 && alphaIm === 0) return;
  const beta = -Math.sign(alphaRe || 1) * Math.sqrt(alphaRe * alphaRe + alphaIm * alphaIm + tail);
  tau.re[at] = (beta - alphaRe) / beta;
  tau.im[at] = -alphaIm / beta;
  // 1/(α − β)
  const difference = alphaRe - beta;
  const size = difference * difference + alphaIm * alphaIm;
  const factorRe = difference / size;
  const factorIm = -alphaIm / size;
  for (let i = from + 1; i < to; i++) {
    const [x, y] = [re[i] / largest, im[i] / largest];
    re[i] = x * factorRe - y * factorIm;
    im[i] = x * factorIm + y * factorRe;
  }
  re[from] = beta * largest;
  im[from] = 0;
}

/** A ← A − f·v·(vᴴA): Hᴴ·A for f = τ̄, H·A for f = τ. `work` needs `right` numbers. */
export function reflectComplexRows(
  a: ComplexMatrix,
  part: Part,
  v: ComplexMatrix,
  fRe: number,
  fIm: number,
  work: ComplexMatrix,
): void {
  if (fRe === 0 && fIm === 0) return;
  const { stride, top, bottom, left, right } = part;
  const { re, im } = a;
  const wRe = work.re;
  const wIm = work.im;
  wRe.fill(0, left, right);
  wIm.fill(0, left, right);
  for (let i = top; i < bottom; i++) {
    const p = i * stride;
    const x = v.re[i];
    const y = v.im[i];
    for (let j = left; j < right; j++) {
      const s = re[p + j];
      const t = im[p + j];
      wRe[j] += x * s + y * t;
      wIm[j] += x * t - y * s;
    }
  }
  for (let i = top; i < bottom; i++) {
    const p = i * stride;
    const x = fRe * v.re[i] - fIm * v.im[i];
    const y = fRe * v.im[i] + fIm * v.re[i];
    for (let j = left; j < right; j++) {
      const s = wRe[j];
      const t = wIm[j];
      re[p + j] -= x * s - y * t;
      im[p + j] -= x * t + y * s;
    }
  }
}

/** A ← A − f·(A·v)·vᴴ: A·H for f = τ, A·Hᴴ for f = τ̄. */
export function reflectComplexColumns(a: ComplexMatrix, part: Part, v: ComplexMatrix, fRe: number, fIm: number): void {
  if (fRe === 0 && fIm === 0) return;
  const { stride, top, bottom, left, right } = part;
  const { re, im } = a;
  const vRe = v.re;
  const vIm = v.im;
  for (let i = top; i < bottom; i++) {
    const p = i * stride;
    let sumRe = 0;
    let sumIm = 0;
    for (let j = left; j < right; j++) {
      sumRe += re[p + j] * vRe[j] - im[p + j] * vIm[j];
      sumIm += re[p + j] * vIm[j] + im[p + j] * vRe[j];
    }
    const x = fRe * sumRe - fIm * sumIm;
    const y = fRe * sumIm + fIm * sumRe;
    for (let j = left; j < right; j++) {
      re[p + j] -= x * vRe[j] + y * vIm[j];
      im[p + j] -= y * vRe[j] - x * vIm[j];
    }
  }
}
