/** A block of the result held in vector registers across a whole inner product: rows × (vectors · lanes). */
export interface Tile {
  readonly rows: number;
  readonly vectors: number;
}

/**
 * Cuts a product of `rows` rows and `vectors` vector columns into register tiles. Estimates cycles per inner step of each
 * tile (two multiply-adds and two loads a cycle, multiply-add latency 4) and takes the cheapest cut.
 */
export function chooseTile(rows: number, vectors: number, registers: number): Tile {
  let best: { tile: Tile; cost: number } | undefined;
  for (let v = 1; v <= Math.min(4, vectors); v++) {
    for (let m = 1; m <= Math.min(rows, 30); m++) {
      if (m * v + v + 1 > registers) break;
      const cost = sum(split(rows, m), (r) => sum(panels(vectors, v), (c) => cycles(r, c)));
      if (!best || cost < best.cost) best = { tile: { rows: m, vectors: v }, cost };
    }
  }
  return best?.tile ?? { rows: 1, vectors: 1 };
}

/** `count` cut into near-equal parts of at most `most`. */
export function split(count: number, most: number): number[] {
  const parts = Math.ceil(count / most);
  return Array.from(
    { length: parts },
    (_, i) => Math.floor(((i + 1) * count) / parts) - Math.floor((i * count) / parts),
  );
}

/** `count` cut into parts of `width`, the rest last. */
export function panels(count: number, width: number): number[] {
  return Array.from({ length: Math.ceil(count / width) }, (_, i) => Math.min(width, count - i * width));
}

/** The operand's vectors come from the second-level cache: about a cycle each that nothing hides. */
const cycles = (m: number, v: number): number => Math.max((m * v) / 2, (m + v) / 2, 4) + v;
const sum = (values: number[], of: (value: number) => number): number => values.reduce((s, value) => s + of(value), 0);
