import { addTotal, signOf } from "./lanes";

/**
 * x as [left × size × right] units (lanes.ts): y[l, q, r] = Σ_p x[l, p, r]·A[p, q]. Element (p, q) is at
 * `weights + p·pStride + q·qStride` (bytes): the strides change places for the adjoint.
 */
export function realMode(
  out: usize,
  x: usize,
  weights: usize,
  pStride: usize,
  qStride: usize,
  left: i32,
  size: i32,
  right: i32,
  span: usize,
): void {
  const line = <usize>right * span;
  const depth = <usize>size * line;
  for (let l = 0; l < left; l++) {
    for (let q = 0; q < size; ) {
      const isWide = q + 4 <= size;
      const column = weights + <usize>q * qStride;
      for (let at: usize = 0; at < line; at += 16) {
        if (isWide) {
          realWide(out + at, x + at, column, pStride, qStride, depth, line);
          continue;
        }
        let sum = f32x4.splat(0);
        let weight = column;
        for (let p: usize = at; p < depth; p += line) {
          sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(weight), v128.load(x + p)));
          weight += pStride;
        }
        v128.store(out + at, sum);
      }
      out += isWide ? 4 * line : line;
      q += isWide ? 4 : 1;
    }
    x += depth;
  }
}

function realWide(
  out: usize,
  x: usize,
  weight: usize,
  pStride: usize,
  qStride: usize,
  depth: usize,
  line: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const end = x + depth; x < end; x += line) {
    const xp = v128.load(x);
    s0 = f32x4.add(s0, f32x4.mul(v128.load_splat<f32>(weight), xp));
    s1 = f32x4.add(s1, f32x4.mul(v128.load_splat<f32>(weight + qStride), xp));
    s2 = f32x4.add(s2, f32x4.mul(v128.load_splat<f32>(weight + 2 * qStride), xp));
    s3 = f32x4.add(s3, f32x4.mul(v128.load_splat<f32>(weight + 3 * qStride), xp));
    weight += pStride;
  }
  v128.store(out, s0);
  v128.store(out + line, s1);
  v128.store(out + 2 * line, s2);
  v128.store(out + 3 * line, s3);
}

/** Imaginary parts of the weights follow all real ones; with `conjugate`, Ā instead of A. */
export function complexMode(
  out: usize,
  x: usize,
  weights: usize,
  pStride: usize,
  qStride: usize,
  left: i32,
  size: i32,
  right: i32,
  span: usize,
  conjugate: bool,
): void {
  const sign = signOf(conjugate);
  const imaginary = <usize>(size * size) * 4;
  const line = <usize>right * 2 * span;
  const depth = <usize>size * line;
  for (let l = 0; l < left; l++) {
    for (let q = 0; q < size; q++) {
      for (let unit: usize = 0; unit < line; unit += 2 * span) {
        for (let at = unit; at < unit + span; at += 16) {
          let real = f32x4.splat(0);
          let other = f32x4.splat(0);
          let weight = weights + <usize>q * qStride;
          for (let p = x + at; p < x + depth; p += line) {
            const wr = v128.load_splat<f32>(weight);
            const wi = f32x4.mul(sign, v128.load_splat<f32>(weight + imaginary));
            const xr = v128.load(p);
            const xi = v128.load(p + span);
            real = f32x4.add(real, f32x4.sub(f32x4.mul(wr, xr), f32x4.mul(wi, xi)));
            other = f32x4.add(other, f32x4.add(f32x4.mul(wr, xi), f32x4.mul(wi, xr)));
            weight += pStride;
          }
          v128.store(out + at, real);
          v128.store(out + at + span, other);
        }
      }
      out += line;
    }
    x += depth;
  }
}

/** gradient[p, q] += Σ over l, r and rows b[l, q, r]·x[l, p, r]. */
export function realModeGradient(
  gradient: usize,
  x: usize,
  b: usize,
  left: i32,
  size: i32,
  right: i32,
  span: usize,
): void {
  const line = <usize>right * span;
  const block = <usize>size * line;
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < size; q++) {
      let sum = f32x4.splat(0);
      let xp = x + <usize>p * line;
      let bq = b + <usize>q * line;
      for (let l = 0; l < left; l++) {
        for (let at: usize = 0; at < line; at += 16) {
          sum = f32x4.add(sum, f32x4.mul(v128.load(bq + at), v128.load(xp + at)));
        }
        xp += block;
        bq += block;
      }
      addTotal(gradient, sum);
      gradient += 4;
    }
  }
}

/** gradient[p, q] += Σ over l, r and rows b[l, q, r]·x̄[l, p, r]. */
export function complexModeGradient(
  gradient: usize,
  x: usize,
  b: usize,
  left: i32,
  size: i32,
  right: i32,
  span: usize,
): void {
  const line = <usize>right * 2 * span;
  const block = <usize>size * line;
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < size; q++) {
      let real = f32x4.splat(0);
      let other = f32x4.splat(0);
      for (let start: usize = 0; start < <usize>left * block; start += block) {
        let xp = x + start + <usize>p * line;
        let bq = b + start + <usize>q * line;
        for (let r = 0; r < right; r++) {
          for (const end = xp + span; xp < end; xp += 16) {
            const xr = v128.load(xp);
            const xi = v128.load(xp + span);
            const br = v128.load(bq);
            const bi = v128.load(bq + span);
            real = f32x4.add(real, f32x4.add(f32x4.mul(br, xr), f32x4.mul(bi, xi)));
            other = f32x4.add(other, f32x4.sub(f32x4.mul(bi, xr), f32x4.mul(br, xi)));
            bq += 16;
          }
          xp += span;
          bq += span;
        }
      }
      addTotal(gradient, real);
      addTotal(gradient + <usize>(size * size) * 4, other);
      gradient += 4;
    }
  }
}
