/**
 * One pass of the fast Walsh–Hadamard transform in natural order over n units of `bytes` bytes, `half` units between
 * partners, divided by √2; out may be x.
 */
export function walsh2(out: usize, x: usize, n: i32, half: i32, bytes: usize): void {
  const scale = f32x4.splat(<f32>Math.SQRT1_2);
  const apart = <usize>half * bytes;
  const all = <usize>n * bytes;
  for (let block: usize = 0; block < all; block += 2 * apart) {
    for (let at = block; at < block + apart; at += 16) {
      const x0 = v128.load(x + at);
      const x1 = v128.load(x + at + apart);
      v128.store(out + at, f32x4.mul(scale, f32x4.add(x0, x1)));
      v128.store(out + at + apart, f32x4.mul(scale, f32x4.sub(x0, x1)));
    }
  }
}

/** Two passes in one: partners `half` and 2·`half` units apart, divided by 2. */
export function walsh4(out: usize, x: usize, n: i32, half: i32, bytes: usize): void {
  const scale = f32x4.splat(0.5);
  const apart = <usize>half * bytes;
  const all = <usize>n * bytes;
  for (let block: usize = 0; block < all; block += 4 * apart) {
    for (let at = block; at < block + apart; at += 16) {
      const x0 = v128.load(x + at);
      const x1 = v128.load(x + at + apart);
      const x2 = v128.load(x + at + 2 * apart);
      const x3 = v128.load(x + at + 3 * apart);
      const a = f32x4.add(x0, x1);
      const b = f32x4.sub(x0, x1);
      const c = f32x4.add(x2, x3);
      const d = f32x4.sub(x2, x3);
      v128.store(out + at, f32x4.mul(scale, f32x4.add(a, c)));
      v128.store(out + at + apart, f32x4.mul(scale, f32x4.add(b, d)));
      v128.store(out + at + 2 * apart, f32x4.mul(scale, f32x4.sub(a, c)));
      v128.store(out + at + 3 * apart, f32x4.mul(scale, f32x4.sub(b, d)));
    }
  }
}
