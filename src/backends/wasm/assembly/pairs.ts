import { signOf } from "./lanes";

/**
 * For each of `count` pairs of units i = first[p], j = second[p] (lanes.ts): y_i = a_p·x_i + b_p·x_j, y_j = c_p·x_i + d_p·x_j.
 * a, b, c, d are `count` numbers each from `weights` on; for the adjoint b and c change places. Other units are not touched;
 * out may be x.
 */
export function realPairs(
  out: usize,
  x: usize,
  weights: usize,
  first: usize,
  second: usize,
  count: i32,
  span: usize,
  adjoint: bool,
): void {
  const bytes = <usize>count * 4;
  const upper = weights + (adjoint ? 2 : 1) * bytes;
  const lower = weights + (adjoint ? 1 : 2) * bytes;
  for (let p: usize = 0; p < bytes; p += 4) {
    const a = v128.load_splat<f32>(weights + p);
    const b = v128.load_splat<f32>(upper + p);
    const c = v128.load_splat<f32>(lower + p);
    const d = v128.load_splat<f32>(weights + 3 * bytes + p);
    let i = <usize>load<i32>(first + p) * span;
    let j = <usize>load<i32>(second + p) * span;
    for (const end = i + span; i < end; i += 16) {
      const xi = v128.load(x + i);
      const xj = v128.load(x + j);
      v128.store(out + i, f32x4.add(f32x4.mul(a, xi), f32x4.mul(b, xj)));
      v128.store(out + j, f32x4.add(f32x4.mul(c, xi), f32x4.mul(d, xj)));
      j += 16;
    }
  }
}

/** The adjoint's numbers are conjugate, too. */
export function complexPairs(
  out: usize,
  x: usize,
  weights: usize,
  first: usize,
  second: usize,
  count: i32,
  span: usize,
  adjoint: bool,
): void {
  const sign = signOf(adjoint);
  const bytes = <usize>count * 4;
  const upper = weights + (adjoint ? 2 : 1) * bytes;
  const lower = weights + (adjoint ? 1 : 2) * bytes;
  const last = weights + 3 * bytes;
  for (let p: usize = 0; p < bytes; p += 4) {
    const ar = v128.load_splat<f32>(weights + p);
    const br = v128.load_splat<f32>(upper + p);
    const cr = v128.load_splat<f32>(lower + p);
    const dr = v128.load_splat<f32>(last + p);
    const im: usize = 4 * bytes + p;
    const ai = f32x4.mul(sign, v128.load_splat<f32>(weights + im));
    const bi = f32x4.mul(sign, v128.load_splat<f32>(upper + im));
    const ci = f32x4.mul(sign, v128.load_splat<f32>(lower + im));
    const di = f32x4.mul(sign, v128.load_splat<f32>(last + im));
    let i = <usize>load<i32>(first + p) * 2 * span;
    let j = <usize>load<i32>(second + p) * 2 * span;
    for (const end = i + span; i < end; i += 16) {
      const xr = v128.load(x + i);
      const xi = v128.load(x + i + span);
      const zr = v128.load(x + j);
      const zi = v128.load(x + j + span);
      const a = f32x4.sub(f32x4.mul(ar, xr), f32x4.mul(ai, xi));
      v128.store(out + i, f32x4.add(a, f32x4.sub(f32x4.mul(br, zr), f32x4.mul(bi, zi))));
      const b = f32x4.add(f32x4.mul(ar, xi), f32x4.mul(ai, xr));
      v128.store(out + i + span, f32x4.add(b, f32x4.add(f32x4.mul(br, zi), f32x4.mul(bi, zr))));
      const c = f32x4.sub(f32x4.mul(cr, xr), f32x4.mul(ci, xi));
      v128.store(out + j, f32x4.add(c, f32x4.sub(f32x4.mul(dr, zr), f32x4.mul(di, zi))));
      const d = f32x4.add(f32x4.mul(cr, xi), f32x4.mul(ci, xr));
      v128.store(out + j + span, f32x4.add(d, f32x4.add(f32x4.mul(dr, zi), f32x4.mul(di, zr))));
      j += 16;
    }
  }
}
