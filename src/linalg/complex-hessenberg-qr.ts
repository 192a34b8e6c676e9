import { ConvergenceError } from "../errors.ts";
import { type ComplexMatrix, EPSILON } from "./complex.ts";
import { applyToRows, chase, type Sweep } from "./complex-sweep.ts";

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
  const scale = Math.max(...[re[a] - re[d], im[a] - im[d], re[b], im[b], re[c], im[c]].map(Math.abs)) || 1;
  const [bRe, bIm, cRe, cIm] = [re[b] / scale, im[b] / scale, re[c] / scale, im[c] / scale];
  const productRe = bRe * cRe - bIm * cIm;
  const productIm = bRe * cIm + bIm * cRe;
  const halfRe = (re[a] - re[d]) / scale / 2;
  const halfIm = (im[a] - im[d]) / scale / 2;
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
    re: re[d] - ((productRe * sumRe + productIm * sumIm) / size) * scale,
    im: im[d] - ((productIm * sumRe - productRe * sumIm) / size) * scale,
  };
}

const ITERATIONS_PER_VALUE = 30;
const SMALL = 2 ** -900;
