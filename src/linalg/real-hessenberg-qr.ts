import { ConvergenceError } from "../errors.ts";
import { EPSILON } from "./complex.ts";
import { applyToRows, chase, type Sweep } from "./real-sweep.ts";

/**
 * Brings a real upper Hessenberg H [n × n] to real Schur form in place: block upper triangular with blocks of 1 and 2
 * rows, by the implicit double-shift QR iteration (Francis, "The QR Transformation II", 1962; deflation of Ahues and
 * Tisseur, LAPACK Working Note 122, 1997). With Q, Q ← Q·Z for the Z that did it; without, only the diagonal blocks are
 * right at the end. Throws `ConvergenceError`.
 *
 * The reflections of one sweep act on the rows at once, but on most columns only after it, row by row.
 */
export function reduceToRealSchur(h: Float64Array, n: number, q: Float64Array | undefined): void {
  const sweep: Sweep = { tau: new Float64Array(n), v1: new Float64Array(n), v2: new Float64Array(n) };
  const start = { x0: 0, x1: 0, x2: 0 };
  let remaining = ITERATIONS_PER_VALUE * Math.max(10, n);
  let iteration = 0;
  for (let hi = n - 1; hi >= 0; ) {
    const lo = activeStart(h, n, hi);
    if (lo > 0) h[lo * n + lo - 1] = 0;
    if (lo >= hi - 1) {
      hi = lo - 1;
      iteration = 0;
      continue;
    }
    if (remaining-- <= 0) {
      throw new ConvergenceError(
        `The QR iteration did not find the eigenvalues 0 to ${hi} of a ${n} × ${n} matrix within its limit; change the matrix slightly, or look for numbers of absurd size in it.`,
      );
    }
    iteration++;
    const m = chooseStart(h, n, lo, hi, iteration, start);
    chase(h, n, lo, hi, m, q === undefined ? hi + 1 : n, start, sweep);
    applyToRows(h, n, q === undefined ? lo : 0, hi, m, hi, sweep);
    if (q !== undefined) applyToRows(q, n, 0, n, m, hi, sweep, false);
  }
}

/**
 * μ for an eigenvalue d + μ of [[a, b], [c, d]], c ≠ 0: of the complex pair the one with Im μ > 0, of two real ones that with
 * the larger |μ|; the other is then d − bc/μ.
 */
export function blockEigenvalue(
  a: number,
  b: number,
  c: number,
  d: number,
): { readonly re: number; readonly im: number } {
  const half = (a - d) / 2;
  const scale = Math.max(Math.abs(half), Math.abs(b), Math.abs(c));
  const square = (half / scale) ** 2 + (b / scale) * (c / scale);
  const root = scale * Math.sqrt(Math.abs(square));
  return square < 0 ? { re: half, im: root } : { re: half + (half < 0 ? -root : root), im: 0 };
}

/** The first row of the last block whose subdiagonal is nowhere negligible. */
function activeStart(h: Float64Array, n: number, hi: number): number {
  for (let k = hi; k > 0; k--) {
    const at = k * n + k;
    const below = Math.abs(h[at - 1]);
    if (below <= SMALL) return k;
    const diagonal = h[at];
    const previous = h[at - n - 1];
    let size = Math.abs(previous) + Math.abs(diagonal);
    if (size === 0) size = (k > 1 ? Math.abs(h[at - n - 2]) : 0) + (k < hi ? Math.abs(h[at + n]) : 0);
    if (below > EPSILON * size) continue;
    const above = Math.abs(h[at - n]);
    const difference = Math.abs(previous - diagonal);
    const [large, small] = [Math.max(below, above), Math.min(below, above)];
    const [a, b] = [Math.max(Math.abs(diagonal), difference), Math.min(Math.abs(diagonal), difference)];
    const sum = a + large;
    if (small * (large / sum) <= Math.max(SMALL, EPSILON * (b * (a / sum)))) return k;
  }
  return 0;
}

/** The row where the sweep can start, and the first column of (H − ρ₁I)(H − ρ₂I) there, up to a factor. */
function chooseStart(
  h: Float64Array,
  n: number,
  lo: number,
  hi: number,
  iteration: number,
  start: { x0: number; x1: number; x2: number },
): number {
  let [h11, h12, h21, h22] = [h[(hi - 1) * n + hi - 1], h[(hi - 1) * n + hi], h[hi * n + hi - 1], h[hi * n + hi]];
  if (iteration % 10 === 0) {
    // Exceptional shifts break cycles.
    const top = iteration % 20 === 10;
    const size = top
      ? Math.abs(h[(lo + 1) * n + lo]) + Math.abs(h[(lo + 2) * n + lo + 1])
      : Math.abs(h21) + Math.abs(h[(hi - 1) * n + hi - 2]);
    h11 = 0.75 * size + (top ? h[lo * n + lo] : h22);
    h22 = h11;
    h12 = -0.4375 * size;
    h21 = size;
  }
  // The eigenvalues of the trailing block: real parts r1, r2, imaginary parts ±i1.
  const half = (h11 - h22) / 2;
  const discriminant = half * half + h12 * h21;
  let r1 = h22 + half;
  let r2 = r1;
  let i1 = 0;
  if (discriminant < 0) i1 = Math.sqrt(-discriminant);
  else {
    const root = half + (half < 0 ? -1 : 1) * Math.sqrt(discriminant);
    // Twice the one nearer to h22.
    r1 = root === 0 ? h22 : h22 - (h12 * h21) / root;
    r2 = r1;
  }
  for (let m = hi - 2; ; m--) {
    const at = m * n + m;
    const [a, b, c, d, below] = [h[at], h[at + 1], h[at + n], h[at + n + 1], h[at + 2 * n + 1]];
    const scale = Math.abs(a - r2) + Math.abs(i1) + Math.abs(c);
    const sub = c / scale;
    let x0 = sub * b + (a - r1) * ((a - r2) / scale) + i1 * (i1 / scale);
    let x1 = sub * (a + d - r1 - r2);
    let x2 = sub * below;
    const sum = Math.abs(x0) + Math.abs(x1) + Math.abs(x2);
    x0 /= sum;
    x1 /= sum;
    x2 /= sum;
    if (m > lo) {
      const tail = Math.abs(h[at - 1]) * (Math.abs(x1) + Math.abs(x2));
      if (tail > EPSILON * Math.abs(x0) * (Math.abs(h[at - n - 1]) + Math.abs(a) + Math.abs(d))) continue;
    }
    start.x0 = x0;
    start.x1 = x1;
    start.x2 = x2;
    return m;
  }
}

const ITERATIONS_PER_VALUE = 30;
const SMALL = 2 ** -900;
