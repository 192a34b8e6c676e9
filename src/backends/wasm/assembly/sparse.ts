import { signOf } from "./lanes";

/**
 * y_j = Σ_e w[entries[e]]·x[places[e]] over e = starts[j] … starts[j + 1] − 1, for n units (lanes.ts). The tables are
 * those of the matrix, or of its transpose for the adjoint.
 */
export function realSparse(
  out: usize,
  x: usize,
  weights: usize,
  starts: usize,
  places: usize,
  entries: usize,
  n: i32,
  span: usize,
): void {
  for (let j = 0; j < n; j++) {
    const from = <usize>load<i32>(starts) * 4;
    starts += 4;
    const to = <usize>load<i32>(starts) * 4;
    for (let at: usize = 0; at < span; at += 16) {
      let sum = f32x4.splat(0);
      for (let e = from; e < to; e += 4) {
        const w = v128.load_splat<f32>(weights + ((<usize>load<i32>(entries + e)) << 2));
        sum = f32x4.add(sum, f32x4.mul(w, v128.load(x + at + <usize>load<i32>(places + e) * span)));
      }
      v128.store(out + at, sum);
    }
    out += span;
  }
}

/** Imaginary parts of the weights are `imaginary` bytes further on; with `conjugate`, w̄ instead of w. */
export function complexSparse(
  out: usize,
  x: usize,
  weights: usize,
  starts: usize,
  places: usize,
  entries: usize,
  n: i32,
  span: usize,
  imaginary: usize,
  conjugate: bool,
): void {
  const sign = signOf(conjugate);
  for (let j = 0; j < n; j++) {
    const from = <usize>load<i32>(starts) * 4;
    starts += 4;
    const to = <usize>load<i32>(starts) * 4;
    for (let at: usize = 0; at < span; at += 16) {
      let real = f32x4.splat(0);
      let other = f32x4.splat(0);
      for (let e = from; e < to; e += 4) {
        const weight = weights + ((<usize>load<i32>(entries + e)) << 2);
        const wr = v128.load_splat<f32>(weight);
        const wi = f32x4.mul(sign, v128.load_splat<f32>(weight + imaginary));
        const unit = x + at + <usize>load<i32>(places + e) * 2 * span;
        const xr = v128.load(unit);
        const xi = v128.load(unit + span);
        real = f32x4.add(real, f32x4.sub(f32x4.mul(wr, xr), f32x4.mul(wi, xi)));
        other = f32x4.add(other, f32x4.add(f32x4.mul(wr, xi), f32x4.mul(wi, xr)));
      }
      v128.store(out + at, real);
      v128.store(out + at + span, other);
    }
    out += 2 * span;
  }
}
