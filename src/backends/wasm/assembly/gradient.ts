import { addTotal } from "./lanes";

/**
 * The gradient of weights that multiply single units (lanes.ts): gradient_p += Σ over rows b_i·x_j with (i, j) = (left[p],
 * right[p]), p < count.
 */
export function realProducts(
  gradient: usize,
  x: usize,
  b: usize,
  left: usize,
  right: usize,
  count: i32,
  span: usize,
): void {
  for (let p: usize = 0; p < <usize>count * 4; p += 4) {
    let i = b + <usize>load<i32>(left + p) * span;
    let j = x + <usize>load<i32>(right + p) * span;
    let sum = f32x4.splat(0);
    for (const end = i + span; i < end; i += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(i), v128.load(j)));
      j += 16;
    }
    addTotal(gradient + p, sum);
  }
}

/** gradient_p += Σ over rows b_i·x̄_j, imaginary parts `imaginary` bytes further on. */
export function complexProducts(
  gradient: usize,
  x: usize,
  b: usize,
  left: usize,
  right: usize,
  count: i32,
  span: usize,
  imaginary: usize,
): void {
  for (let p: usize = 0; p < <usize>count * 4; p += 4) {
    let i = b + <usize>load<i32>(left + p) * 2 * span;
    let j = x + <usize>load<i32>(right + p) * 2 * span;
    let real = f32x4.splat(0);
    let other = f32x4.splat(0);
    for (const end = i + span; i < end; i += 16) {
      const br = v128.load(i);
      const bi = v128.load(i + span);
      const xr = v128.load(j);
      const xi = v128.load(j + span);
      real = f32x4.add(real, f32x4.add(f32x4.mul(br, xr), f32x4.mul(bi, xi)));
      other = f32x4.add(other, f32x4.sub(f32x4.mul(bi, xr), f32x4.mul(br, xi)));
      j += 16;
    }
    addTotal(gradient + p, real);
    addTotal(gradient + p + imaginary, other);
  }
}
