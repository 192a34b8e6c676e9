import { randomStream } from "../random/stream.ts";
import { type ComplexMatrix, complexZeros } from "./complex.ts";

/**
 * z ↦ σ_min(zI − T) for an upper triangular T [n × n], by Lanczos on (zI − T)⁻¹(zI − T)⁻ᴴ, whose largest eigenvalue is
 * σ_min⁻²: two triangular solves per step (Trefethen, "Computation of Pseudospectra", Acta Numerica 1999, section 6).
 * The relative error is below `tolerance`; undefined where that many steps do not reach it. 0 at eigenvalues of T, and
 * where σ_min⁻² overflows.
 */
export function inverseLanczos(
  t: ComplexMatrix,
  n: number,
  tolerance: number,
): (re: number, im: number) => number | undefined {
  const steps = Math.max(STEPS, n);
  const random = randomStream(0, "inverse-lanczos");
  const start = complexZeros(n);
  for (const part of [start.re, start.im]) for (let i = 0; i < n; i++) part[i] = random.normal();
  const inverse = complexZeros(n);
  const [previous, current, next] = [complexZeros(n), complexZeros(n), complexZeros(n)];
  const alpha = new Float64Array(steps);
  const beta = new Float64Array(steps);

  return (zRe, zIm) => {
    if (!invertDiagonal(inverse, t, n, zRe, zIm)) return 0;
    const length = normOf(start);
    for (const part of ["re", "im"] as const) {
      for (let i = 0; i < n; i++) current[part][i] = start[part][i] / length;
      previous[part].fill(0);
    }
    for (let k = 0; k < steps; k++) {
      next.re.set(current.re);
      next.im.set(current.im);
      solveAdjoint(t, n, inverse, next);
      solve(t, n, inverse, next);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += current.re[i] * next.re[i] + current.im[i] * next.im[i];
      alpha[k] = sum;
      const before = k > 0 ? beta[k - 1] : 0;
      subtract(next.re, sum, current.re, before, previous.re);
      subtract(next.im, sum, current.im, before, previous.im);
      beta[k] = normOf(next);
      if (!Number.isFinite(sum) || !Number.isFinite(beta[k])) return 0;
      const value = convergedValue(alpha, beta, k + 1, tolerance);
      if (value !== undefined) return 1 / Math.sqrt(value);
      for (const part of ["re", "im"] as const) {
        previous[part].set(current[part]);
        for (let i = 0; i < n; i++) current[part][i] = next[part][i] / beta[k];
      }
    }
    return undefined;
  };
}

/** inverse_i ← 1/(z − t_ii); false when one is infinite. */
function invertDiagonal(inverse: ComplexMatrix, t: ComplexMatrix, n: number, zRe: number, zIm: number): boolean {
  for (let i = 0, p = 0; i < n; i++, p += n + 1) {
    const re = zRe - t.re[p];
    const im = zIm - t.im[p];
    const size = re * re + im * im;
    if (size < 2 ** -1000) return false;
    inverse.re[i] = re / size;
    inverse.im[i] = -im / size;
  }
  return true;
}

/** v ← (zI − T)⁻ᴴ·v, downwards: once v_i is known, t̄_ij·v_i is added to what follows. */
function solveAdjoint(t: ComplexMatrix, n: number, inverse: ComplexMatrix, v: ComplexMatrix): void {
  const tRe = t.re;
  const tIm = t.im;
  const vRe = v.re;
  const vIm = v.im;
  for (let i = 0; i < n; i++) {
    const a = inverse.re[i] * vRe[i] + inverse.im[i] * vIm[i];
    const b = inverse.re[i] * vIm[i] - inverse.im[i] * vRe[i];
    vRe[i] = a;
    vIm[i] = b;
    for (let j = i + 1, p = i * n + j; j < n; j++, p++) {
      vRe[j] += tRe[p] * a + tIm[p] * b;
      vIm[j] += tRe[p] * b - tIm[p] * a;
    }
  }
}

/** v ← (zI − T)⁻¹·v, upwards. */
function solve(t: ComplexMatrix, n: number, inverse: ComplexMatrix, v: ComplexMatrix): void {
  const tRe = t.re;
  const tIm = t.im;
  const vRe = v.re;
  const vIm = v.im;
  for (let i = n - 1; i >= 0; i--) {
    let re = vRe[i];
    let im = vIm[i];
    for (let j = i + 1, p = i * n + j; j < n; j++, p++) {
      re += tRe[p] * vRe[j] - tIm[p] * vIm[j];
      im += tRe[p] * vIm[j] + tIm[p] * vRe[j];
    }
    vRe[i] = inverse.re[i] * re - inverse.im[i] * im;
    vIm[i] = inverse.re[i] * im + inverse.im[i] * re;
  }
}

/**
 * The largest eigenvalue θ of the tridiagonal matrix of order k, when it has converged: with the residual r = β_k·|s_k| of
 * its Ritz vector, |θ − λ| ≤ min(r, r²/gap) (Parlett, "The Symmetric Eigenvalue Problem", theorem 11.7.1), where the gap is
 * taken to the second Ritz value.
 */
function convergedValue(alpha: Float64Array, beta: Float64Array, k: number, tolerance: number): number | undefined {
  const largest = ritzValue(alpha, beta, k, 0);
  // s from the bottom up, in which direction it grows.
  let [upper, lower, sum] = [1, 0, 1];
  for (let i = k - 1; i > 0 && sum < 1e300; i--) {
    const above = ((largest - alpha[i]) * upper - (i + 1 < k ? beta[i] : 0) * lower) / beta[i - 1];
    lower = upper;
    upper = above;
    sum += above * above;
  }
  const residual = beta[k - 1] / Math.sqrt(sum);
  const allowed = tolerance * largest;
  if (residual <= allowed) return largest;
  if (k === 1) return undefined;
  const gap = largest - ritzValue(alpha, beta, k, 1);
  return residual < gap / 10 && residual * (residual / gap) <= allowed / 10 ? largest : undefined;
}

/** The largest (index 0) or second largest (1) eigenvalue of the tridiagonal matrix of order k, by bisection. */
function ritzValue(alpha: Float64Array, beta: Float64Array, k: number, index: number): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < k; i++) {
    high = Math.max(high, alpha[i] + (i > 0 ? beta[i - 1] : 0) + (i + 1 < k ? beta[i] : 0));
    if (index === 0) low = Math.max(low, alpha[i]);
  }
  while (high - low > 4 * Number.EPSILON * high) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (countAbove(alpha, beta, k, middle, index) > index) low = middle;
    else high = middle;
  }
  return high;
}

/** How many eigenvalues are above x, by the signs of the pivots of T − xI; counts no further than `enough` + 1. */
function countAbove(alpha: Float64Array, beta: Float64Array, k: number, x: number, enough: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < k && count <= enough; i++) {
    const coupling = i > 0 ? beta[i - 1] : 0;
    pivot = alpha[i] - x - coupling * (coupling / pivot);
    if (pivot === 0) pivot = -Number.MIN_VALUE;
    if (pivot > 0) count++;
  }
  return count;
}

function subtract(x: Float64Array, a: number, u: Float64Array, b: number, v: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] -= a * u[i] + b * v[i];
}

function normOf({ re, im }: ComplexMatrix): number {
  let sum = 0;
  for (let i = 0; i < re.length; i++) sum += re[i] * re[i] + im[i] * im[i];
  return Math.sqrt(sum);
}

const STEPS = 200;
