import { ConvergenceError } from "../errors.ts";
import { type ComplexMatrix, EPSILON } from "./complex.ts";

/**
 * Brings a complex upper Hessenberg H [n × n] to upper triangular form in place, by the implicit QR iteration with
 * Wilkinson's shift (Golub and Van Loan, "Matrix Computations", 4th edition, section 7.5). With Q, Q ← Q·Z for the Z that
 * did it; without, only the diagonal is right at the end. Throws `ConvergenceError`.
 *
 * The rotations of one sweep act on the rows at once, but on most columns only after it, row by row.
 */
export function reduceToTriangular(h: ComplexMatrix, n: number, q: ComplexMatrix | undefined): void {
  const sweep: Sweep = { c: new Float64Array(n), re: new Float64Array(n), im: new Float64Array(n) };
  let remaining = ITERATIONS_PER_VALUE * Math.max(10, n);
  let iteration = 0;
  for (let hi = n - 1; hi >= 0; ) {
    const lo = activeStart(h, n, hi);
    if (lo > 0) {
      h.re[lo * n + lo - 1] = 0;
      h.im[lo * n + lo - 1] = 0;
    }
    if (lo === hi) {
      hi--;
      iteration = 0;
      continue;
    }
    if (remaining-- <= 0) {
      throw new ConvergenceError(
        `The QR iteration did not find the eigenvalues 0 to ${hi} of a ${n} × ${n} matrix within its limit; change the matrix slightly, or look for numbers of absurd size in it.`,
      );
    }
    iteration++;
    const m = chase(h, n, lo, hi, chooseShift(h, n, lo, hi, iteration), q === undefined ? hi + 1 : n, sweep);
    applyToRows(h, n, q === undefined ? lo : 0, hi, m, hi, sweep, true);
    if (q !== undefined) applyToRows(q, n, 0, n, m, hi, sweep, false);
  }
}

/** Rotations [[c, s], [−s̄, c]], s = re + i·im, the k-th on rows (columns) k and k+1. */
interface Sweep {
  readonly c: Float64Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The first row of the last block whose subdiagonal is nowhere negligible. */
function activeStart(h: ComplexMatrix, n: number, hi: number): number {
  const size = (at: number) => Math.abs(h.re[at]) + Math.abs(h.im[at]);
  for (let k = hi; k > 0; k--) {
    const at = k * n + k;
    const below = size(at - 1);
    if (below <= SMALL) return k;
    let around = size(at - n - 1) + size(at);
    if (around === 0) around = (k > 1 ? size(at - n - 2) : 0) + (k < hi ? size(at + n) : 0);
    if (below > EPSILON * around) continue;
    const above = size(at - n);
    const difference = Math.abs(h.re[at - n - 1] - h.re[at]) + Math.abs(h.im[at - n - 1] - h.im[at]);
    const [large, small] = [Math.max(below, above), Math.min(below, above)];
    const [a, b] = [Math.max(size(at), difference), Math.min(size(at), difference)];
    const sum = a + large;
    if (small * (large / sum) <= Math.max(SMALL, EPSILON * (b * (a / sum)))) return k;
  }
  return 0;
}

/** The eigenvalue of the trailing 2 × 2 block [[a, b], [c, d]] nearer to d; now and then another, to break cycles. */
function chooseShift(
  { re, im }: ComplexMatrix,
  n: number,
  lo: number,
  hi: number,
  iteration: number,
): { readonly re: number; readonly im: number } {
  if (iteration % 10 === 0) {
    const [corner, below] = iteration % 20 === 10 ? [lo * n + lo, (lo + 1) * n + lo] : [hi * n + hi, hi * n + hi - 1];
    return { re: re[corner] + 0.75 * Math.hypot(re[below], im[below]), im: im[corner] };
  }
  const d = hi * n + hi;
  const [a, b, c] = [d - n - 1, d - n, d - 1];
  const productRe = re[b] * re[c] - im[b] * im[c];
  const productIm = re[b] * im[c] + im[b] * re[c];
  const halfRe = (re[a] - re[d]) / 2;
  const halfIm = (im[a] - im[d]) / 2;
  // root = √(half² + b·c), of the sign that makes half + root large; the shift is d − b·c/(half + root).
  const squareRe = halfRe * halfRe - halfIm * halfIm + productRe;
  const squareIm = 2 * halfRe * halfIm + productIm;
  const modulus = Math.hypot(squareRe, squareIm);
  let rootRe = Math.sqrt((modulus + Math.abs(squareRe)) / 2);
  let rootIm = rootRe === 0 ? 0 : squareIm / (2 * rootRe);
  if (squareRe < 0) [rootRe, rootIm] = [Math.abs(rootIm), squareIm < 0 ? -rootRe : rootRe];
  const sign = halfRe * rootRe + halfIm * rootIm < 0 ? -1 : 1;
  const sumRe = halfRe + sign * rootRe;
  const sumIm = halfIm + sign * rootIm;
  const size = sumRe * sumRe + sumIm * sumIm;
  if (size === 0) return { re: re[d], im: im[d] };
  return {
    re: re[d] - (productRe * sumRe + productIm * sumIm) / size,
    im: im[d] - (productIm * sumRe - productRe * sumIm) / size,
  };
}

/**
 * Chases the bulge of the shift down to row hi: every row operation, and of the column operations those on the bulge.
 * Returns the row where it started, which is below `lo` where two subdiagonal elements in a row are small enough.
 */
function chase(
  { re, im }: ComplexMatrix,
  n: number,
  lo: number,
  hi: number,
  shift: { readonly re: number; readonly im: number },
  right: number,
  sweep: Sweep,
): number {
  let m = hi - 1;
  for (; m > lo; m--) {
    const at = m * n + m;
    const first = Math.abs(re[at] - shift.re) + Math.abs(im[at] - shift.im);
    const second = Math.abs(re[at + n]) + Math.abs(im[at + n]);
    const before = Math.abs(re[at - 1]) + Math.abs(im[at - 1]);
    const diagonal = Math.abs(re[at]) + Math.abs(im[at]) + Math.abs(re[at + n + 1]) + Math.abs(im[at + n + 1]);
    const sum = first + second;
    if (before * (second / sum) <= EPSILON * (first / sum) * diagonal) break;
  }
  for (let k = m; k < hi; k++) {
    const p = k * n;
    const q = p + n;
    const column = k > m ? k - 1 : k;
    const fRe = re[p + column] - (k > m ? 0 : shift.re);
    const fIm = im[p + column] - (k > m ? 0 : shift.im);
    const gRe = re[q + column];
    const gIm = im[q + column];
    const f = Math.sqrt(fRe * fRe + fIm * fIm);
    const g = Math.sqrt(gRe * gRe + gIm * gIm);
    const length = Math.sqrt(f * f + g * g);
    const phaseRe = f === 0 ? 1 : fRe / f;
    const phaseIm = f === 0 ? 0 : fIm / f;
    const c = length === 0 ? 1 : f / length;
    const sRe = length === 0 ? 0 : (phaseRe * gRe + phaseIm * gIm) / length;
    const sIm = length === 0 ? 0 : (phaseIm * gRe - phaseRe * gIm) / length;
    sweep.c[k] = c;
    sweep.re[k] = sRe;
    sweep.im[k] = sIm;
    if (k > m) {
      re[p + k - 1] = phaseRe * length;
      im[p + k - 1] = phaseIm * length;
      re[q + k - 1] = 0;
      im[q + k - 1] = 0;
    } else if (m > lo) {
      re[p + k - 1] *= c;
      im[p + k - 1] *= c;
    }
    for (let j = k; j < right; j++) {
      const xRe = re[p + j];
      const xIm = im[p + j];
      const yRe = re[q + j];
      const yIm = im[q + j];
      re[p + j] = c * xRe + sRe * yRe - sIm * yIm;
      im[p + j] = c * xIm + sRe * yIm + sIm * yRe;
      re[q + j] = c * yRe - sRe * xRe - sIm * xIm;
      im[q + j] = c * yIm - sRe * xIm + sIm * xRe;
    }
    for (let i = k + 1, last = Math.min(k + 2, hi); i <= last; i++) {
      const x = i * n + k;
      const xRe = re[x];
      const xIm = im[x];
      const yRe = re[x + 1];
      const yIm = im[x + 1];
      re[x] = c * xRe + sRe * yRe + sIm * yIm;
      im[x] = c * xIm + sRe * yIm - sIm * yRe;
      re[x + 1] = c * yRe - sRe * xRe + sIm * xIm;
      im[x + 1] = c * yIm - sRe * xIm - sIm * xRe;
    }
  }
  return m;
}

/**
 * The column operations m … hi−1 of a sweep on the rows top … bottom−1: on a matrix in Hessenberg form those that `chase`
 * left, which are k ≥ i for row i; on another (`hessenberg` false) all.
 */
function applyToRows(
  x: ComplexMatrix,
  n: number,
  top: number,
  bottom: number,
  m: number,
  hi: number,
  sweep: Sweep,
  hessenberg: boolean,
): void {
  let i = top;
  for (; i + 1 < bottom; i += 2) {
    let from = hessenberg ? Math.max(m, i) : m;
    if (hessenberg && i >= m) {
      applyToRow(x, i * n, from, from + 1, sweep);
      from++;
    }
    applyToTwoRows(x, i * n, (i + 1) * n, from, hi, sweep);
  }
  if (i < bottom) applyToRow(x, i * n, hessenberg ? Math.max(m, i) : m, hi, sweep);
}

function applyToRow({ re, im }: ComplexMatrix, p: number, from: number, to: number, sweep: Sweep): void {
  for (let k = from; k < to; k++) {
    const c = sweep.c[k];
    const sRe = sweep.re[k];
    const sIm = sweep.im[k];
    const xRe = re[p + k];
    const xIm = im[p + k];
    const yRe = re[p + k + 1];
    const yIm = im[p + k + 1];
    re[p + k] = c * xRe + sRe * yRe + sIm * yIm;
    im[p + k] = c * xIm + sRe * yIm - sIm * yRe;
    re[p + k + 1] = c * yRe - sRe * xRe + sIm * xIm;
    im[p + k + 1] = c * yIm - sRe * xIm - sIm * xRe;
  }
}

/** Two rows at a time hide the latency of the recurrence. */
function applyToTwoRows({ re, im }: ComplexMatrix, p: number, q: number, from: number, hi: number, sweep: Sweep): void {
  if (from >= hi) return;
  const cosines = sweep.c;
  const sinesRe = sweep.re;
  const sinesIm = sweep.im;
  let aRe = re[p + from];
  let aIm = im[p + from];
  let bRe = re[q + from];
  let bIm = im[q + from];
  for (let k = from; k < hi; k++) {
    const c = cosines[k];
    const sRe = sinesRe[k];
    const sIm = sinesIm[k];
    let yRe = re[p + k + 1];
    let yIm = im[p + k + 1];
    re[p + k] = c * aRe + sRe * yRe + sIm * yIm;
    im[p + k] = c * aIm + sRe * yIm - sIm * yRe;
    let held = aRe;
    aRe = c * yRe - sRe * aRe + sIm * aIm;
    aIm = c * yIm - sRe * aIm - sIm * held;
    yRe = re[q + k + 1];
    yIm = im[q + k + 1];
    re[q + k] = c * bRe + sRe * yRe + sIm * yIm;
    im[q + k] = c * bIm + sRe * yIm - sIm * yRe;
    held = bRe;
    bRe = c * yRe - sRe * bRe + sIm * bIm;
    bIm = c * yIm - sRe * bIm - sIm * held;
  }
  re[p + hi] = aRe;
  im[p + hi] = aIm;
  re[q + hi] = bRe;
  im[q + hi] = bIm;
}

const ITERATIONS_PER_VALUE = 30;
const SMALL = 2 ** -900;
