import { ConvergenceError } from "../errors.ts";
import type { Bidiagonal } from "./bidiagonal.ts";
import { EPSILON } from "./complex.ts";

/**
 * Brings a bidiagonal matrix to diagonal form in place, by implicit QR steps whose rotations act on the lines of `left` and
 * `right` too. Steps of shift 0 where a shift would spoil small singular values: all are found to high relative accuracy
 * (Demmel and Kahan, "Accurate Singular Values of Bidiagonal Matrices", 1990). A block that grows downwards is chased from
 * below. The signs and the order of the diagonal are left as they come. Throws `ConvergenceError`.
 */
export function diagonalize({ diagonal: d, above: e, left, right }: Bidiagonal): void {
  const count = d.length;
  const limit = STEPS_PER_VALUE * count;
  let end = count - 1;
  let smallest = relativeBound(d, e);
  for (let steps = 0; end > 0; steps++) {
    if (steps > limit) {
      throw new ConvergenceError(
        `svd: ${end + 1} of ${count} singular values have not converged after ${limit} steps; check the matrix for numbers of absurd size.`,
      );
    }
    // The last block [start … end] without a negligible e.
    const negligible = Math.max(TOLERANCE * smallest, Number.MIN_VALUE);
    let start = end;
    while (start > 0 && Math.abs(e[start - 1]) > negligible) start--;
    if (start > 0) e[start - 1] = 0;
    if (start === end) {
      end--;
      continue;
    }
    const downward = Math.abs(d[start]) >= Math.abs(d[end]);
    if (deflate(d, e, start, end, downward)) continue;
    const chase: Chase = downward
      ? { from: start, step: 1, length: end - start + 1, left, right }
      : { from: end, step: -1, length: end - start + 1, left: right, right: left };
    const shift = shiftOf(d, e, start, end, downward);
    if (shift === 0) stepWithoutShift(d, e, chase);
    else stepWithShift(d, e, chase, shift);
    if (steps % count === 0) smallest = Math.min(smallest, relativeBound(d, e));
  }
}

/** A block read from its large end: upwards, B is read as the flipped transpose, whose left vectors are B's right ones. */
interface Chase {
  readonly from: number;
  readonly step: 1 | -1;
  readonly length: number;
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
}

/** A lower bound of the smallest singular value, by the recurrence of Demmel and Kahan, (4.3). */
function relativeBound(d: Float64Array, e: Float64Array): number {
  let mu = Math.abs(d[0]);
  let least = mu;
  for (let k = 1; k < d.length && least > 0; k++) {
    mu = Math.abs(d[k]) * (mu / (mu + Math.abs(e[k - 1])));
    least = Math.min(least, mu);
  }
  return least / Math.sqrt(d.length);
}

/** Sets the e of the block to 0 that change no singular value by more than a rounding; whether there were any. */
function deflate(d: Float64Array, e: Float64Array, start: number, end: number, downward: boolean): boolean {
  const step = downward ? 1 : -1;
  const [first, last] = downward ? [start, end] : [end, start];
  const tail = downward ? end - 1 : start;
  let found = false;
  if (Math.abs(e[tail]) <= TOLERANCE * Math.abs(d[last])) {
    e[tail] = 0;
    found = true;
  }
  let mu = Math.abs(d[first]);
  for (let k = first; k !== last; k += step) {
    const edge = downward ? k : k - 1;
    const size = Math.abs(e[edge]);
    if (size <= TOLERANCE * mu) {
      e[edge] = 0;
      found = true;
    }
    mu = Math.abs(d[k + step]) * (mu === 0 ? 0 : mu / (mu + Math.abs(e[edge])));
  }
  return found;
}

/** The smaller singular value of the 2 × 2 block at the small end, or 0 where that shift would cost relative accuracy. */
function shiftOf(d: Float64Array, e: Float64Array, start: number, end: number, downward: boolean): number {
  let largest = 0;
  let mu = Math.abs(d[downward ? start : end]);
  let least = mu;
  for (let k = start; k <= end; k++) {
    largest = Math.max(largest, Math.abs(d[k]), k < end ? Math.abs(e[k]) : 0);
    if (k === start) continue;
    const [at, edge] = downward ? [k, k - 1] : [start + end - k, start + end - k];
    mu = Math.abs(d[at]) * (mu === 0 ? 0 : mu / (mu + Math.abs(e[edge])));
    least = Math.min(least, mu);
  }
  if ((end - start + 1) * TOLERANCE * (least / largest) <= EPSILON / 2) return 0;
  const shift = downward
    ? smallerSingularValue(d[end - 1], e[end - 1], d[end])
    : smallerSingularValue(d[start + 1], e[start], d[start]);
  const head = Math.abs(d[downward ? start : end]);
  return (shift / head) ** 2 < EPSILON / 2 ? 0 : shift;
}

/** Of [[f, g], [0, h]]. */
function smallerSingularValue(f: number, g: number, h: number): number {
  const [small, large] = [Math.min(Math.abs(f), Math.abs(h)), Math.max(Math.abs(f), Math.abs(h))];
  if (small === 0) return 0;
  const off = Math.abs(g);
  const scale = Math.max(large, off);
  const [s, l, o] = [small / scale, large / scale, off / scale];
  // σ_min = 2·s·l / (√((l + s)² + o²) + √((l − s)² + o²))
  return scale * ((2 * s * l) / (Math.sqrt((l + s) ** 2 + o * o) + Math.sqrt((l - s) ** 2 + o * o)));
}

function stepWithoutShift(d: Float64Array, e: Float64Array, { from, step, length, left, right }: Chase): void {
  const shiftEdge = step === 1 ? 0 : -1;
  let cosine = 1;
  let oldCosine = 1;
  let oldSine = 0;
  for (let i = 0, k = from; i + 1 < length; i++, k += step) {
    const edge = k + shiftEdge;
    let f = d[k] * cosine;
    let g = e[edge];
    let r = hypotenuse(f, g);
    cosine = r === 0 ? 1 : f / r;
    const sine = r === 0 ? 0 : g / r;
    if (i > 0) e[edge - step] = oldSine * r;
    rotateLines(right, k, k + step, cosine, sine, d.length);
    f = oldCosine * r;
    g = d[k + step] * sine;
    r = hypotenuse(f, g);
    oldCosine = r === 0 ? 1 : f / r;
    oldSine = r === 0 ? 0 : g / r;
    d[k] = r;
    rotateLines(left, k, k + step, oldCosine, oldSine, d.length);
  }
  const last = from + step * (length - 1);
  const h = d[last] * cosine;
  d[last] = h * oldCosine;
  e[last - step + shiftEdge] = h * oldSine;
}

function stepWithShift(
  d: Float64Array,
  e: Float64Array,
  { from, step, length, left, right }: Chase,
  shift: number,
): void {
  const shiftEdge = step === 1 ? 0 : -1;
  let f = (Math.abs(d[from]) - shift) * (Math.sign(d[from]) + shift / d[from]);
  let g = e[from + shiftEdge];
  for (let i = 0, k = from; i + 1 < length; i++, k += step) {
    const edge = k + shiftEdge;
    const next = k + step;
    let r = hypotenuse(f, g);
    let c = r === 0 ? 1 : f / r;
    let s = r === 0 ? 0 : g / r;
    if (i > 0) e[edge - step] = r;
    f = c * d[k] + s * e[edge];
    e[edge] = c * e[edge] - s * d[k];
    g = s * d[next];
    d[next] *= c;
    rotateLines(right, k, next, c, s, d.length);
    r = hypotenuse(f, g);
    c = r === 0 ? 1 : f / r;
    s = r === 0 ? 0 : g / r;
    d[k] = r;
    f = c * e[edge] + s * d[next];
    d[next] = c * d[next] - s * e[edge];
    if (i + 2 < length) {
      g = s * e[edge + step];
      e[edge + step] *= c;
    }
    rotateLines(left, k, next, c, s, d.length);
  }
  e[from + step * (length - 2) + shiftEdge] = f;
}

/** (x_i, x_j) ← (c·x_i + s·x_j, −s·x_i + c·x_j) for the lines i and j of every array; each holds `count` lines. */
function rotateLines(parts: readonly Float64Array[], i: number, j: number, c: number, s: number, count: number): void {
  for (const x of parts) {
    const length = x.length / count;
    for (let p = i * length, q = j * length, stop = p + length; p < stop; p++, q++) {
      const held = x[p];
      x[p] = c * held + s * x[q];
      x[q] = c * x[q] - s * held;
    }
  }
}

function hypotenuse(f: number, g: number): number {
  const sum = f * f + g * g;
  if (sum > 1e-280 && sum < 1e280) return Math.sqrt(sum);
  const largest = Math.max(Math.abs(f), Math.abs(g));
  return largest === 0 ? 0 : largest * Math.sqrt((f / largest) ** 2 + (g / largest) ** 2);
}

const TOLERANCE = 4 * EPSILON;
const STEPS_PER_VALUE = 40;
