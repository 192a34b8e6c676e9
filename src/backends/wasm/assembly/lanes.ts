/**
 * Vectors whose batch rows lie side by side in vector lanes, as the factors of a structured map want them: unit after unit, in
 * each unit a run of `span` bytes for the real parts and, where numbers are complex, one for the imaginary parts. A run
 * holds the rows rounded up to 4; the lanes beyond the last row are 0.
 */

/** Unit j of out, `unit` bytes after the last ← column j of A [rows × n]. */
export function toLanes(out: usize, unit: usize, a: usize, lda: usize, rows: i32, n: i32): void {
  const zero = f32x4.splat(0);
  for (let left = rows; left > 0; left -= 4) {
    const a1 = a + lda;
    const a2 = a1 + lda;
    const a3 = a2 + lda;
    let to = out;
    let j: usize = 0;
    for (const end = <usize>(n & ~3) * 4; j < end; j += 16) {
      const x0 = v128.load(a + j);
      const x1 = left > 1 ? v128.load(a1 + j) : zero;
      const x2 = left > 2 ? v128.load(a2 + j) : zero;
      const x3 = left > 3 ? v128.load(a3 + j) : zero;
      const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5);
      const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
      const high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
      v128.store(to, i32x4.shuffle(low01, low23, 0, 1, 4, 5));
      to += unit;
      v128.store(to, i32x4.shuffle(low01, low23, 2, 3, 6, 7));
      to += unit;
      v128.store(to, i32x4.shuffle(high01, high23, 0, 1, 4, 5));
      to += unit;
      v128.store(to, i32x4.shuffle(high01, high23, 2, 3, 6, 7));
      to += unit;
    }
    for (const end = <usize>n * 4; j < end; j += 4) {
      for (let r = 0; r < 4; r++) {
        store<f32>(to + <usize>r * 4, r < left ? load<f32>(a + <usize>r * lda + j) : 0);
      }
      to += unit;
    }
    out += 16;
    a = a3 + lda;
  }
}

/** Column j of C [rows × n] ← unit j of x, `unit` bytes after the last. */
export function fromLanes(c: usize, ldc: usize, x: usize, unit: usize, rows: i32, n: i32): void {
  for (let left = rows; left > 0; left -= 4) {
    const c1 = c + ldc;
    const c2 = c1 + ldc;
    const c3 = c2 + ldc;
    let from = x;
    let j: usize = 0;
    for (const end = <usize>(n & ~3) * 4; j < end; j += 16) {
      const x0 = v128.load(from);
      from += unit;
      const x1 = v128.load(from);
      from += unit;
      const x2 = v128.load(from);
      from += unit;
      const x3 = v128.load(from);
      from += unit;
      const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5);
      const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
      const high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
      v128.store(c + j, i32x4.shuffle(low01, low23, 0, 1, 4, 5));
      if (left > 1) v128.store(c1 + j, i32x4.shuffle(low01, low23, 2, 3, 6, 7));
      if (left > 2) v128.store(c2 + j, i32x4.shuffle(high01, high23, 0, 1, 4, 5));
      if (left > 3) v128.store(c3 + j, i32x4.shuffle(high01, high23, 2, 3, 6, 7));
    }
    for (const end = <usize>n * 4; j < end; j += 4) {
      for (let r = 0; r < min(left, 4); r++) store<f32>(c + <usize>r * ldc + j, load<f32>(from + <usize>r * 4));
      from += unit;
    }
    x += 16;
    c = c3 + ldc;
  }
}

/** The number at `to` += the sum of four lanes. */
export function addTotal(to: usize, lanes: v128): void {
  const pairs = f32x4.add(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1));
  store<f32>(to, load<f32>(to) + (f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)));
}

/** 1, or −1 to conjugate. */
export function signOf(conjugate: bool): v128 {
  return f32x4.splat(conjugate ? -1 : 1);
}
