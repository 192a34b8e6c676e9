import { f64Tile1x2, f64Tile2x2, f64Tile3x2, f64Tile4x2 } from "./tiles.generated";

/**
 * C [rows × columns] ← (or, accumulating, +=) A · B in float64, B packed by `packDoubles`. C's rows have room for `columns`
 * rounded up to 4. Strides in bytes.
 */
export function multiplyPacked(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  accumulate: bool,
): void {
  // Rows of A that stay in the second-level cache while all panels pass.
  const block = max(4, (1 << 16) / max(depth, 1)) & ~3;
  for (let top = 0; top < rows; top += block) {
    const height = min(block, rows - top);
    let panel = packed;
    for (let j = 0; j < columns; j += 4) {
      const at = c + <usize>top * ldc + <usize>j * 8;
      panelRows(at, ldc, a + <usize>top * lda, lda, panel, height, depth, accumulate);
      panel += <usize>depth * 32;
    }
  }
}

function panelRows(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  panel: usize,
  rows: i32,
  depth: i32,
  accumulate: bool,
): void {
  for (; rows >= 4; rows -= 4) {
    f64Tile4x2(c, ldc, a, lda, panel, depth, 1, 0, accumulate);
    c += 4 * ldc;
    a += 4 * lda;
  }
  if (rows === 3) f64Tile3x2(c, ldc, a, lda, panel, depth, 1, 0, accumulate);
  else if (rows === 2) f64Tile2x2(c, ldc, a, lda, panel, depth, 1, 0, accumulate);
  else if (rows === 1) f64Tile1x2(c, ldc, a, lda, panel, depth, 1, 0, accumulate);
}

/**
 * sign · B [depth × columns] in panels of 4 columns, the last filled up with zeros. Element (p, j) is at
 * `b + p·depthStride + j·columnStride` (bytes).
 */
export function packDoubles(
  packed: usize,
  b: usize,
  depthStride: usize,
  columnStride: usize,
  depth: i32,
  columns: i32,
  sign: f64,
): void {
  for (let j = 0; j < columns; j += 4) {
    const filled = min(4, columns - j);
    let from = b + <usize>j * columnStride;
    for (let p = 0; p < depth; p++) {
      for (let i = 0; i < 4; i++) {
        store<f64>(packed, i < filled ? sign * load<f64>(from + <usize>i * columnStride) : 0);
        packed += 8;
      }
      from += depthStride;
    }
  }
}

/** out [columns × rows] ← A [rows × columns]ᵀ, strides in bytes, in squares of 8 that stay in cache. */
export function transposeDoubles(out: usize, ldo: usize, a: usize, lda: usize, rows: i32, columns: i32): void {
  for (let top = 0; top < rows; top += 8) {
    const bottom = min(top + 8, rows);
    for (let j = 0; j < columns; j++) {
      for (let i = top; i < bottom; i++) {
        store<f64>(out + <usize>j * ldo + <usize>i * 8, load<f64>(a + <usize>i * lda + <usize>j * 8));
      }
    }
  }
}
