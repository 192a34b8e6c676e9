/** eˣ of four numbers x ≤ 0, within 2 units in the last place; at least e⁻⁸⁷ (Cephes polynomial, as in expr/lower.ts). */
export function expNegative(x: v128): v128 {
  const clamped = f32x4.pmax(x, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(<f32>Math.LOG2E)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), f32x4.splat(1));
  // 2ⁿ: the integer of n + 1.5·2²³ is its low bits.
  const bits = i32x4.add(f32x4.add(n, f32x4.splat(12582912)), i32x4.splat(127));
  return f32x4.mul(p, i32x4.shl(bits, 23));
}

/** ln x of a normal x > 0: with x = 2ᵉ·m, m in [√½, √2) and s = (m−1)/(m+1), e·ln 2 + 2·artanh s by its series. */
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let e = <f64>((bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > Math.SQRT2) {
    m *= 0.5;
    e += 1;
  }
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let series: f64 = 0;
  for (let i = 19; i > 1; i -= 2) series = (series + 1 / <f64>i) * q;
  return e * Math.LN2 + 2 * s * (1 + series);
}
