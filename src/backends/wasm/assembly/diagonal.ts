import { signOf } from "./lanes";

/** y_k = d_k·x_k for n units (lanes.ts); out may be x. */
export function realDiagonal(out: usize, x: usize, d: usize, n: i32, span: usize): void {
  for (let k = 0; k < n; k++) {
    const dk = v128.load_splat<f32>(d);
    for (const end = x + span; x < end; x += 16) {
      v128.store(out, f32x4.mul(dk, v128.load(x)));
      out += 16;
    }
    d += 4;
  }
}

/** With `conjugate`, y_k = d̄_k·x_k. */
export function complexDiagonal(out: usize, x: usize, d: usize, n: i32, span: usize, conjugate: bool): void {
  const sign = signOf(conjugate);
  const imaginary = d + <usize>n * 4;
  for (let at: usize = 0; at < <usize>n * 4; at += 4) {
    const dr = v128.load_splat<f32>(d + at);
    const di = f32x4.mul(sign, v128.load_splat<f32>(imaginary + at));
    for (const end = x + span; x < end; x += 16) {
      const xr = v128.load(x);
      const xi = v128.load(x + span);
      v128.store(out, f32x4.sub(f32x4.mul(dr, xr), f32x4.mul(di, xi)));
      v128.store(out + span, f32x4.add(f32x4.mul(dr, xi), f32x4.mul(di, xr)));
      out += 16;
    }
    x += span;
    out += span;
  }
}
