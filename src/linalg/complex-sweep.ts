import { type ComplexMatrix, EPSILON } from "./complex.ts";

/** Rotations [[c, s], [−s̄, c]], s = re + i·im, the k-th on rows (columns) k and k+1. */
export interface Sweep {
  readonly c: Float64Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Chases the bulge of the shift down to row hi: every row operation, and of the column operations those on the bulge.
 * Returns the row where it started, which is below `lo` where two subdiagonal elements in a row are small enough.
 */
export function chase(
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
    let fRe = re[p + column] - (k > m ? 0 : shift.re);
    let fIm = im[p + column] - (k > m ? 0 : shift.im);
    let gRe = re[q + column];
    let gIm = im[q + column];
    const scale = Math.max(Math.abs(fRe), Math.abs(fIm), Math.abs(gRe), Math.abs(gIm)) || 1;
    fRe /= scale;
    fIm /= scale;
    gRe /= scale;
    gIm /= scale;
    // A phase taken from numbers whose squares underflow would not have length 1.
    const f = Math.max(Math.abs(fRe), Math.abs(fIm)) < 2 ** -500 ? 0 : Math.sqrt(fRe * fRe + fIm * fIm);
    const length = Math.sqrt(f * f + gRe * gRe + gIm * gIm);
    const phaseRe = f === 0 ? 1 : fRe / f;
    const phaseIm = f === 0 ? 0 : fIm / f;
    const c = length === 0 ? 1 : f / length;
    const sRe = length === 0 ? 0 : (phaseRe * gRe + phaseIm * gIm) / length;
    const sIm = length === 0 ? 0 : (phaseIm * gRe - phaseRe * gIm) / length;
    sweep.c[k] = c;
    sweep.re[k] = sRe;
    sweep.im[k] = sIm;
    if (k > m) {
      re[p + k - 1] = phaseRe * length * scale;
      im[p + k - 1] = phaseIm * length * scale;
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
export function applyToRows(
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
