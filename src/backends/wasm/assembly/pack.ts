/**
 * Puts one matrix [depth × count] at (row, column) of a packed operand of `depth` × `columns` in all: panels of 8 columns,
 * the last of 4 where `columns` (a multiple of 4) leaves 4, depth running slowest inside a panel.
 * Element (p, q) is read at `weight + p·depthStride + q·columnStride` (bytes). Columns that no call fills stay as they are.
 */
export function pack(
  packed: usize,
  totalDepth: i32,
  columns: i32,
  row: i32,
  column: i32,
  weight: usize,
  depthStride: usize,
  columnStride: usize,
  depth: i32,
  count: i32,
): void {
  const wholePanels = columns >> 3;
  for (let q = 0; q < count; ) {
    const at = column + q;
    const panel = at >> 3;
    const width = panel < wholePanels ? 8 : 4;
    const lane = at & (width - 1);
    const filled = min(width - lane, count - q);
    let to = packed + <usize>(panel * totalDepth * 8 + row * width + lane) * 4;
    let from = weight + <usize>q * columnStride;
    for (let p = 0; p < depth; p++) {
      for (let i = 0; i < filled; i++) store<f32>(to + <usize>i * 4, load<f32>(from + <usize>i * columnStride));
      to += <usize>width * 4;
      from += depthStride;
    }
    q += filled;
  }
}

/** gradient [rows × width], tight ← Σ over shards, in their order, of the columns at `parts` (rows `stride` bytes apart). */
export function reduce(
  gradient: usize,
  parts: usize,
  shardBytes: usize,
  shards: i32,
  rows: i32,
  width: i32,
  stride: usize,
): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= width; j += 4) {
      let from = parts + <usize>j * 4;
      let sum = v128.load(from);
      for (let s = 1; s < shards; s++) {
        from += shardBytes;
        sum = f32x4.add(sum, v128.load(from));
      }
      v128.store(gradient, sum);
      gradient += 16;
    }
    for (; j < width; j++) {
      let from = parts + <usize>j * 4;
      let sum = load<f32>(from);
      for (let s = 1; s < shards; s++) {
        from += shardBytes;
        sum += load<f32>(from);
      }
      store<f32>(gradient, sum);
      gradient += 4;
    }
    parts += stride;
  }
}
