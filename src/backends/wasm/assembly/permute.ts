/** c[r, j] ← a[r, index[j]] for j < count. Strides in bytes. */
export function permuteColumns(c: usize, ldc: usize, a: usize, lda: usize, index: usize, rows: i32, count: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let at: usize = 0; at < <usize>count * 4; at += 4) {
      store<f32>(c + at, load<f32>(a + ((<usize>load<i32>(index + at)) << 2)));
    }
    c += ldc;
    a += lda;
  }
}

/** out[j] ← x[index[j]] for j < count, items of `bytes` bytes (whole vectors). */
export function permuteUnits(out: usize, x: usize, index: usize, count: i32, bytes: usize): void {
  for (let j = 0; j < count; j++) {
    let from = x + <usize>load<i32>(index + <usize>j * 4) * bytes;
    for (const end = out + bytes; out < end; out += 16) {
      v128.store(out, v128.load(from));
      from += 16;
    }
  }
}
