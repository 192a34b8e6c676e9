import { stripe } from "./gemm";

/** Rows that are transposed and packed at a time. */
const BLOCK: i32 = 128;

/**
 * For each of `blocks` blocks, gradient [k × groups·columns] += Aᵀ · B for A [rows × k] and the columns of B [rows × columns]
 * in `groups` groups, `groupStride` bytes apart; columns is a multiple of 4. The next block's gradient lies k rows below, its
 * A k columns and its B `columns` columns to the right. Strides in bytes. `scratch` holds 128 · (k rounded up to 4, + 16)
 * floats.
 */
export function outer(
  gradient: usize,
  ldg: usize,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  rows: i32,
  k: i32,
  columns: i32,
  groups: i32,
  groupStride: usize,
  blocks: i32,
  scratch: usize,
): void {
  for (let block = 0; block < blocks; block++) {
    outerBlock(gradient, ldg, a, lda, b, ldb, rows, k, columns, groups, groupStride, scratch);
    gradient += <usize>k * ldg;
    a += <usize>k * 4;
    b += <usize>columns * 4;
  }
}

function outerBlock(
  gradient: usize,
  ldg: usize,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  rows: i32,
  k: i32,
  columns: i32,
  groups: i32,
  groupStride: usize,
  scratch: usize,
): void {
  const panels = scratch;
  const transposed = scratch + BLOCK * 64;
  for (let start = 0; start < rows; start += BLOCK) {
    const depth = min(BLOCK, rows - start);
    const ldt = <usize>depth * 4;
    transpose(transposed, ldt, a + <usize>start * lda, lda, depth, k);
    let from = b + <usize>start * ldb;
    let to = gradient;
    for (let group = 0; group < groups; group++) {
      for (let j = 0; j < columns; ) {
        const left = columns - j;
        const width = left >= 16 ? 16 : left >= 8 ? 8 : 4;
        packPanels(panels, from + <usize>j * 4, ldb, depth, width);
        stripe(to + <usize>j * 4, ldg, transposed, ldt, panels, k, width, depth, 1, 0, true);
        j += width;
      }
      from += groupStride;
      to += <usize>columns * 4;
    }
  }
}

/** out [columns × rows] ← A [rows × columns]ᵀ; whole blocks of 4 columns are read and written. */
function transpose(out: usize, ldo: usize, a: usize, lda: usize, rows: i32, columns: i32): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const a1 = a + lda;
    const a2 = a1 + lda;
    const a3 = a2 + lda;
    let to = out + <usize>r * 4;
    for (let offset: usize = 0; offset < <usize>columns * 4; offset += 16) {
      const x0 = v128.load(a + offset);
      const x1 = v128.load(a1 + offset);
      const x2 = v128.load(a2 + offset);
      const x3 = v128.load(a3 + offset);
      const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5);
      const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
      const high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
      v128.store(to, i32x4.shuffle(low01, low23, 0, 1, 4, 5));
      v128.store(to + ldo, i32x4.shuffle(low01, low23, 2, 3, 6, 7));
      to += 2 * ldo;
      v128.store(to, i32x4.shuffle(high01, high23, 0, 1, 4, 5));
      v128.store(to + ldo, i32x4.shuffle(high01, high23, 2, 3, 6, 7));
      to += 2 * ldo;
    }
    a = a3 + lda;
  }
  for (; r < rows; r++) {
    let to = out + <usize>r * 4;
    for (let i = 0; i < columns; i++) {
      store<f32>(to, load<f32>(a + <usize>i * 4));
      to += ldo;
    }
    a += lda;
  }
}

/** One panel of 4 or 8 columns, or two of 8. */
function packPanels(out: usize, b: usize, ldb: usize, depth: i32, width: i32): void {
  const next = out + <usize>depth * 32;
  for (let p = 0; p < depth; p++, b += ldb) {
    if (width === 4) {
      v128.store(out + <usize>p * 16, v128.load(b));
      continue;
    }
    const at = <usize>p * 32;
    v128.store(out + at, v128.load(b));
    v128.store(out + at, v128.load(b, 16), 16);
    if (width === 8) continue;
    v128.store(next + at, v128.load(b, 32));
    v128.store(next + at, v128.load(b, 48), 16);
  }
}
