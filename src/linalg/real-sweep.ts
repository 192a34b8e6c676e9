/** Reflections I − τ·vvᵀ, v = (1, v₁, v₂), the k-th on rows (columns) k … k+2; the last of a sweep has v₂ = 0. */
export interface Sweep {
  readonly tau: Float64Array;
  readonly v1: Float64Array;
  readonly v2: Float64Array;
}

/** Chases the bulge from row m to row hi: every row operation, and of the column operations those on the bulge. */
export function chase(
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
export function applyToRows(
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
