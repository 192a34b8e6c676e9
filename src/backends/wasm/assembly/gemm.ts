import {
  f32Tile1x1,
  f32Tile1x2,
  f32Tile1x4,
  f32Tile2x1,
  f32Tile2x2,
  f32Tile2x4,
  f32Tile3x1,
  f32Tile3x2,
  f32Tile4x1,
  f32Tile4x2,
} from "./tiles.generated";

/**
 * `blocks` products C [rows × columns] ← (or, accumulating, +=) A · B, each with its own B, A and C `aStep` and `cStep`
 * bytes further on. B is packed (pack.ts): panels of 8 columns and, where `columns` (a multiple of 4) leaves 4, one of 4,
 * each `segments · depth` deep. A holds `segments` runs of `depth` columns, `segmentStride` bytes apart; nothing between
 * them is read. Strides in bytes.
 */
export function gemm(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  segments: i32,
  segmentStride: usize,
  accumulate: bool,
  blocks: i32,
  aStep: usize,
  cStep: usize,
): void {
  const operandBytes = <usize>(depth * segments * columns) * 4;
  for (let block = 0; block < blocks; block++) {
    product(c, ldc, a, lda, packed, rows, columns, depth, segments, segmentStride, accumulate);
    a += aStep;
    c += cStep;
    packed += operandBytes;
  }
}

function product(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  segments: i32,
  segmentStride: usize,
  accumulate: bool,
): void {
  const panelBytes = <usize>(depth * segments) * 32;
  let j = 0;
  for (; j + 16 <= columns; j += 16) {
    stripe(c, ldc, a, lda, packed, rows, 16, depth, segments, segmentStride, accumulate);
    c += 64;
    packed += 2 * panelBytes;
  }
  if (j + 8 <= columns) {
    stripe(c, ldc, a, lda, packed, rows, 8, depth, segments, segmentStride, accumulate);
    c += 32;
    packed += panelBytes;
    j += 8;
  }
  if (j < columns) stripe(c, ldc, a, lda, packed, rows, 4, depth, segments, segmentStride, accumulate);
}

/** All rows of 16, 8 or 4 columns: 4 rows at a time, then what is left as 3, 2 or 1 (5 as 3 + 2). */
export function stripe(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  panel: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  segments: i32,
  segmentStride: usize,
  accumulate: bool,
): void {
  const next = panel + <usize>(depth * segments) * 32;
  while (rows > 0) {
    const height = rows === 5 ? 3 : min(rows, 4);
    if (height === 4) {
      if (columns === 4) f32Tile4x1(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      else f32Tile4x2(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      if (columns === 16) f32Tile4x2(c + 32, ldc, a, lda, next, depth, segments, segmentStride, accumulate);
    } else if (height === 3) {
      if (columns === 4) f32Tile3x1(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      else f32Tile3x2(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      if (columns === 16) f32Tile3x2(c + 32, ldc, a, lda, next, depth, segments, segmentStride, accumulate);
    } else if (height === 2) {
      if (columns === 4) f32Tile2x1(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      else if (columns === 8) f32Tile2x2(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      else f32Tile2x4(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
    } else {
      if (columns === 4) f32Tile1x1(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      else if (columns === 8) f32Tile1x2(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
      else f32Tile1x4(c, ldc, a, lda, panel, depth, segments, segmentStride, accumulate);
    }
    rows -= height;
    c += <usize>height * ldc;
    a += <usize>height * lda;
  }
}
