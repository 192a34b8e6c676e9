import { ConvergenceError } from "../errors.ts";
import { EPSILON } from "./complex.ts";

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

/** Reflections I − τ·vvᵀ, v = (1, v₁, v₂), the k-th on rows (columns) k … k+2; the last of a sweep has v₂ = 0. */
interface Sweep {
  readonly tau: Float64Array;
  readonly v1: Float64Array;
  readonly v2: Float64Array;
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

/** Chases the bulge from row m to row hi: every row operation, and of the column operations those on the bulge. */
function chase(
  h: Float64Array,
  n: number,
  lo: number,
  hi: number,
  m: number,
  right: number,
  { x0, x1, x2 }: { readonly x0: number; readonly x1: number; readonly x2: number },
  sweep: Sweep,
): void {
  for (let k = m; k < hi; k++) {
    const p0 = k * n;
    const p1 = p0 + n;
    const three = k + 2 <= hi;
    const p2 = three ? p1 + n : p1;
    if (k > m) {
      x0 = h[p0 + k - 1];
      x1 = h[p1 + k - 1];
      x2 = three ? h[p2 + k - 1] : 0;
    }
    let tau = 0;
    let v1 = 0;
    let v2 = 0;
    let beta = x0;
    if (x1 !== 0 || x2 !== 0) {
      const scale = Math.max(Math.abs(x0), Math.abs(x1), Math.abs(x2));
      const [a0, a1, a2] = [x0 / scale, x1 / scale, x2 / scale];
      const signed = (a0 < 0 ? 1 : -1) * Math.sqrt(a0 * a0 + a1 * a1 + a2 * a2);
      tau = (signed - a0) / signed;
      v1 = a1 / (a0 - signed);
      v2 = a2 / (a0 - signed);
      beta = signed * scale;
    }
    sweep.tau[k] = tau;
    sweep.v1[k] = v1;
    sweep.v2[k] = v2;
    if (k > m) {
      h[p0 + k - 1] = beta;
      h[p1 + k - 1] = 0;
      if (three) h[p2 + k - 1] = 0;
    } else if (m > lo) h[p0 + k - 1] *= 1 - tau;
    if (three) {
      for (let j = k; j < right; j++) {
        const s = tau * (h[p0 + j] + v1 * h[p1 + j] + v2 * h[p2 + j]);
        h[p0 + j] -= s;
        h[p1 + j] -= s * v1;
        h[p2 + j] -= s * v2;
      }
    } else {
      for (let j = k; j < right; j++) {
        const s = tau * (h[p0 + j] + v1 * h[p1 + j]);
        h[p0 + j] -= s;
        h[p1 + j] -= s * v1;
      }
    }
    for (let i = k + 1, last = Math.min(k + 3, hi); i <= last; i++) {
      const p = i * n + k;
      const s = tau * (h[p] + v1 * h[p + 1] + (three ? v2 * h[p + 2] : 0));
      h[p] -= s;
      h[p + 1] -= s * v1;
      if (three) h[p + 2] -= s * v2;
    }
  }
}

/**
 * The column operations m … hi−1 of a sweep on the rows top … bottom−1: on a matrix in Hessenberg form those that `chase`
 * left, which are k ≥ i for row i; on another (`hessenberg` false) all.
 */
function applyToRows(
  x: Float64Array,
  n: number,
  top: number,
  bottom: number,
  m: number,
  hi: number,
  sweep: Sweep,
  hessenberg = true,
): void {
  let i = top;
  for (; i + 1 < bottom; i += 2) {
    let from = hessenberg ? Math.max(m, i) : m;
    if (hessenberg && i >= m) {
      applyToRow(x, i * n, from, from + 1, hi, sweep);
      from++;
    }
    applyToTwoRows(x, i * n, (i + 1) * n, from, hi, sweep);
  }
  if (i < bottom) applyToRow(x, i * n, hessenberg ? Math.max(m, i) : m, hi, hi, sweep);
}

function applyToRow(x: Float64Array, p: number, from: number, to: number, hi: number, sweep: Sweep): void {
  const { tau, v1, v2 } = sweep;
  for (let k = from; k < to; k++) {
    const third = k + 2 <= hi ? x[p + k + 2] : 0;
    const s = tau[k] * (x[p + k] + v1[k] * x[p + k + 1] + v2[k] * third);
    x[p + k] -= s;
    x[p + k + 1] -= s * v1[k];
    if (k + 2 <= hi) x[p + k + 2] -= s * v2[k];
  }
}

/** Two rows at a time hide the latency of the recurrence. */
function applyToTwoRows(x: Float64Array, p: number, q: number, from: number, hi: number, sweep: Sweep): void {
  if (from >= hi) return;
  const { tau, v1, v2 } = sweep;
  let a0 = x[p + from];
  let a1 = x[p + from + 1];
  let b0 = x[q + from];
  let b1 = x[q + from + 1];
  for (let k = from; k + 1 < hi; k++) {
    const a2 = x[p + k + 2];
    const b2 = x[q + k + 2];
    const t = tau[k];
    const u = v1[k];
    const w = v2[k];
    const s = t * (a0 + u * a1 + w * a2);
    const r = t * (b0 + u * b1 + w * b2);
    x[p + k] = a0 - s;
    x[q + k] = b0 - r;
    a0 = a1 - s * u;
    b0 = b1 - r * u;
    a1 = a2 - s * w;
    b1 = b2 - r * w;
  }
  const k = hi - 1;
  const s = tau[k] * (a0 + v1[k] * a1);
  const r = tau[k] * (b0 + v1[k] * b1);
  x[p + k] = a0 - s;
  x[p + k + 1] = a1 - s * v1[k];
  x[q + k] = b0 - r;
  x[q + k + 1] = b1 - r * v1[k];
}

const ITERATIONS_PER_VALUE = 30;
const SMALL = 2 ** -900;
