/**
 * The one O(n³) loop of `linalg`: C ← C ± A·B over strided views, cache-blocked and register-tiled (Goto and van de Geijn,
 * "Anatomy of High-Performance Matrix Multiplication", 2008). Everything else here is arranged to spend its time in it.
 *
 * @module
 */

/** A matrix inside an array: element (i, j) is `data[offset + i·rowStride + j·columnStride]`. */
export interface MatrixView {
  readonly data: Float64Array;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** The part of a row-major matrix of `stride` columns that starts at (row, column). */
export function view(data: Float64Array, stride: number, row = 0, column = 0): MatrixView {
  return { data, offset: row * stride + column, rowStride: stride, columnStride: 1 };
}

/** The same numbers read as the transpose. */
export function transposedView(matrix: MatrixView): MatrixView {
  return { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
}

/** C ← C + sign · A·B, with A [m × k], B [k × n], C [m × n] of unit column stride, apart from A and B in memory. */
export function addProduct(
  c: MatrixView,
  sign: 1 | -1,
  a: MatrixView,
  b: MatrixView,
  m: number,
  k: number,
  n: number,
): void {
  for (let j = 0; j < n; j += COLUMNS) {
    const width = Math.min(COLUMNS, n - j);
    for (let p = 0; p < k; p += DEPTH) {
      const depth = Math.min(DEPTH, k - p);
      pack(
        packedB,
        b.data,
        b.offset + p * b.rowStride + j * b.columnStride,
        b.columnStride,
        b.rowStride,
        width,
        depth,
        1,
      );
      for (let i = 0; i < m; i += ROWS) {
        const height = Math.min(ROWS, m - i);
        const corner = a.offset + i * a.rowStride + p * a.columnStride;
        pack(packedA, a.data, corner, a.rowStride, a.columnStride, height, depth, sign);
        multiplyPacked(c.data, c.offset + i * c.rowStride + j, c.rowStride, height, width, depth);
      }
    }
  }
}

const TILE = 4;
const DEPTH = 256;
const ROWS = 64;
const COLUMNS = 512;
const packedA = new Float64Array(ROWS * DEPTH);
const packedB = new Float64Array(COLUMNS * DEPTH);
const edge = new Float64Array(TILE * TILE);

/** Panels of 4 lines side by side, depth running slowest; the last panel is filled up with zeros. */
function pack(
  out: Float64Array,
  data: Float64Array,
  offset: number,
  lineStride: number,
  depthStride: number,
  lines: number,
  depth: number,
  sign: number,
): void {
  let at = 0;
  for (let line = 0; line < lines; line += TILE) {
    const x0 = offset + line * lineStride;
    const count = Math.min(TILE, lines - line);
    if (count === TILE) {
      const x1 = x0 + lineStride;
      const x2 = x1 + lineStride;
      const x3 = x2 + lineStride;
      for (let p = 0, step = 0; p < depth; p++, step += depthStride, at += TILE) {
        out[at] = sign * data[x0 + step];
        out[at + 1] = sign * data[x1 + step];
        out[at + 2] = sign * data[x2 + step];
        out[at + 3] = sign * data[x3 + step];
      }
      continue;
    }
    for (let p = 0; p < depth; p++, at += TILE) {
      for (let r = 0; r < TILE; r++) out[at + r] = r < count ? sign * data[x0 + r * lineStride + p * depthStride] : 0;
    }
  }
}

function multiplyPacked(
  out: Float64Array,
  offset: number,
  stride: number,
  height: number,
  width: number,
  depth: number,
): void {
  for (let j = 0; j < width; j += TILE) {
    for (let i = 0; i < height; i += TILE) {
      const rows = Math.min(TILE, height - i);
      const columns = Math.min(TILE, width - j);
      if (rows === TILE && columns === TILE) {
        addTile(out, offset + i * stride + j, stride, i * depth, j * depth, depth);
        continue;
      }
      edge.fill(0);
      addTile(edge, 0, TILE, i * depth, j * depth, depth);
      for (let r = 0; r < rows; r++) {
        for (let s = 0; s < columns; s++) out[offset + (i + r) * stride + j + s] += edge[r * TILE + s];
      }
    }
  }
}

/** 16 sums in registers: 8 loads for 16 multiply-adds. */
function addTile(out: Float64Array, at: number, stride: number, pa: number, pb: number, depth: number): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (const end = pa + TILE * depth; pa < end; pa += TILE, pb += TILE) {
    const b0 = packedB[pb];
    const b1 = packedB[pb + 1];
    const b2 = packedB[pb + 2];
    const b3 = packedB[pb + 3];
    let a = packedA[pa];
    s00 += a * b0;
    s01 += a * b1;
    s02 += a * b2;
    s03 += a * b3;
    a = packedA[pa + 1];
    s10 += a * b0;
    s11 += a * b1;
    s12 += a * b2;
    s13 += a * b3;
    a = packedA[pa + 2];
    s20 += a * b0;
    s21 += a * b1;
    s22 += a * b2;
    s23 += a * b3;
    a = packedA[pa + 3];
    s30 += a * b0;
    s31 += a * b1;
    s32 += a * b2;
    s33 += a * b3;
  }
  out[at] += s00;
  out[at + 1] += s01;
  out[at + 2] += s02;
  out[at + 3] += s03;
  at += stride;
  out[at] += s10;
  out[at + 1] += s11;
  out[at + 2] += s12;
  out[at + 3] += s13;
  at += stride;
  out[at] += s20;
  out[at + 1] += s21;
  out[at + 2] += s22;
  out[at + 3] += s23;
  at += stride;
  out[at] += s30;
  out[at + 1] += s31;
  out[at + 2] += s32;
  out[at + 3] += s33;
}
