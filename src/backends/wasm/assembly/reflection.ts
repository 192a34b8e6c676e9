import { addTotal } from "./lanes";

/**
 * y = x − 2·v·(vᴴx) in two steps (units as in lanes.ts): the products vᴴx of all rows, then the rest. The reflection is its
 * own adjoint.
 */

/** s ← vᵀx, one number per row: `span` bytes. */
export function realDots(s: usize, v: usize, x: usize, n: i32, span: usize): void {
  let at: usize = 0;
  for (; at + 64 <= span; at += 64) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let from = x + at;
    for (let k: usize = 0; k < <usize>n * 4; k += 4) {
      const vk = v128.load_splat<f32>(v + k);
      s0 = f32x4.add(s0, f32x4.mul(vk, v128.load(from)));
      s1 = f32x4.add(s1, f32x4.mul(vk, v128.load(from, 16)));
      s2 = f32x4.add(s2, f32x4.mul(vk, v128.load(from, 32)));
      s3 = f32x4.add(s3, f32x4.mul(vk, v128.load(from, 48)));
      from += span;
    }
    v128.store(s + at, s0);
    v128.store(s + at, s1, 16);
    v128.store(s + at, s2, 32);
    v128.store(s + at, s3, 48);
  }
  for (; at < span; at += 16) {
    let sum = f32x4.splat(0);
    let from = x + at;
    for (let k: usize = 0; k < <usize>n * 4; k += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(v + k), v128.load(from)));
      from += span;
    }
    v128.store(s + at, sum);
  }
}

/** s ← vᴴx, one number per row: 2 · `span` bytes. */
export function complexDots(s: usize, v: usize, x: usize, n: i32, span: usize): void {
  const imaginary = v + <usize>n * 4;
  let at: usize = 0;
  for (; at + 32 <= span; at += 32) {
    let r0 = f32x4.splat(0);
    let r1 = f32x4.splat(0);
    let i0 = f32x4.splat(0);
    let i1 = f32x4.splat(0);
    let from = x + at;
    for (let k: usize = 0; k < <usize>n * 4; k += 4) {
      const vr = v128.load_splat<f32>(v + k);
      const vi = v128.load_splat<f32>(imaginary + k);
      const xr0 = v128.load(from);
      const xr1 = v128.load(from, 16);
      from += span;
      const xi0 = v128.load(from);
      const xi1 = v128.load(from, 16);
      from += span;
      r0 = f32x4.add(r0, f32x4.add(f32x4.mul(vr, xr0), f32x4.mul(vi, xi0)));
      r1 = f32x4.add(r1, f32x4.add(f32x4.mul(vr, xr1), f32x4.mul(vi, xi1)));
      i0 = f32x4.add(i0, f32x4.sub(f32x4.mul(vr, xi0), f32x4.mul(vi, xr0)));
      i1 = f32x4.add(i1, f32x4.sub(f32x4.mul(vr, xi1), f32x4.mul(vi, xr1)));
    }
    v128.store(s + at, r0);
    v128.store(s + at, r1, 16);
    v128.store(s + span + at, i0);
    v128.store(s + span + at, i1, 16);
  }
  for (; at < span; at += 16) {
    let real = f32x4.splat(0);
    let other = f32x4.splat(0);
    let from = x + at;
    for (let k: usize = 0; k < <usize>n * 4; k += 4) {
      const vr = v128.load_splat<f32>(v + k);
      const vi = v128.load_splat<f32>(imaginary + k);
      const xr = v128.load(from);
      const xi = v128.load(from + span);
      real = f32x4.add(real, f32x4.add(f32x4.mul(vr, xr), f32x4.mul(vi, xi)));
      other = f32x4.add(other, f32x4.sub(f32x4.mul(vr, xi), f32x4.mul(vi, xr)));
      from += 2 * span;
    }
    v128.store(s + at, real);
    v128.store(s + span + at, other);
  }
}

/** out ← x − 2·v·s; out may be x. */
export function realReflection(out: usize, x: usize, v: usize, s: usize, n: i32, span: usize): void {
  for (let k = 0; k < n; k++) {
    const twice = f32x4.mul(f32x4.splat(2), v128.load_splat<f32>(v));
    for (let at: usize = 0; at < span; at += 16) {
      v128.store(out + at, f32x4.sub(v128.load(x + at), f32x4.mul(twice, v128.load(s + at))));
    }
    v += 4;
    x += span;
    out += span;
  }
}

export function complexReflection(out: usize, x: usize, v: usize, s: usize, n: i32, span: usize): void {
  const two = f32x4.splat(2);
  for (let k = 0; k < n; k++) {
    const vr = f32x4.mul(two, v128.load_splat<f32>(v));
    const vi = f32x4.mul(two, v128.load_splat<f32>(v + <usize>n * 4));
    for (let at: usize = 0; at < span; at += 16) {
      const sr = v128.load(s + at);
      const si = v128.load(s + span + at);
      const real = f32x4.sub(f32x4.mul(vr, sr), f32x4.mul(vi, si));
      const imaginary = f32x4.add(f32x4.mul(vr, si), f32x4.mul(vi, sr));
      v128.store(out + at, f32x4.sub(v128.load(x + at), real));
      v128.store(out + span + at, f32x4.sub(v128.load(x + span + at), imaginary));
    }
    v += 4;
    x += 2 * span;
    out += 2 * span;
  }
}

/** gradient_k −= 2·Σ over rows (s·b_k + t·x_k) with s = vᵀx and t = vᵀb. */
export function realReflectionGradient(
  gradient: usize,
  x: usize,
  b: usize,
  s: usize,
  t: usize,
  n: i32,
  span: usize,
): void {
  for (let k = 0; k < n; k++) {
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < span; at += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(s + at), v128.load(b + at)));
      sum = f32x4.add(sum, f32x4.mul(v128.load(t + at), v128.load(x + at)));
    }
    addTotal(gradient, f32x4.mul(f32x4.splat(-2), sum));
    gradient += 4;
    x += span;
    b += span;
  }
}

/** gradient_k −= 2·Σ over rows (s̄·b_k + t̄·x_k) with s = vᴴx and t = vᴴb. */
export function complexReflectionGradient(
  gradient: usize,
  x: usize,
  b: usize,
  s: usize,
  t: usize,
  n: i32,
  span: usize,
): void {
  for (let k = 0; k < n; k++) {
    let real = f32x4.splat(0);
    let imaginary = f32x4.splat(0);
    for (let at: usize = 0; at < span; at += 16) {
      const sr = v128.load(s + at);
      const si = v128.load(s + span + at);
      const br = v128.load(b + at);
      const bi = v128.load(b + span + at);
      real = f32x4.add(real, f32x4.add(f32x4.mul(sr, br), f32x4.mul(si, bi)));
      imaginary = f32x4.add(imaginary, f32x4.sub(f32x4.mul(sr, bi), f32x4.mul(si, br)));
      const tr = v128.load(t + at);
      const ti = v128.load(t + span + at);
      const xr = v128.load(x + at);
      const xi = v128.load(x + span + at);
      real = f32x4.add(real, f32x4.add(f32x4.mul(tr, xr), f32x4.mul(ti, xi)));
      imaginary = f32x4.add(imaginary, f32x4.sub(f32x4.mul(tr, xi), f32x4.mul(ti, xr)));
    }
    addTotal(gradient, f32x4.mul(f32x4.splat(-2), real));
    addTotal(gradient + <usize>n * 4, f32x4.mul(f32x4.splat(-2), imaginary));
    gradient += 4;
    x += 2 * span;
    b += 2 * span;
  }
}
