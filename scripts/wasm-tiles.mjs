/**
 * Register tiles of matrix products as AssemblyScript source: C[rows × vectors] (+)= A·B with every sum in a local.
 *
 * B is a packed panel, `vectors` registers per depth (two panels of `panel` registers side by side when wider). A's rows
 * are `lda` bytes apart; its depth is `segments` runs of `depth` elements, `segmentStride` bytes from one to the next.
 * Sizes are chosen so that sums, one depth of B, one column of A and a temporary fit into 15 registers: V8 schedules all
 * loads of a loop body first. For the same reason the loops are not unrolled.
 */

const float32 = { name: "f32", lanes: "f32x4", bytes: 4, panel: 2 };
const float64 = { name: "f64", lanes: "f64x2", bytes: 8, panel: 2 };

const tiles = [
  ...[1, 2, 3, 4].flatMap((rows) => [1, 2].map((vectors) => ({ type: float32, rows, vectors }))),
  { type: float32, rows: 1, vectors: 4 },
  { type: float32, rows: 2, vectors: 4 },
  ...[1, 2, 3, 4].map((rows) => ({ type: float64, rows, vectors: 2 })),
];

const range = (n) => Array.from({ length: n }, (_, i) => i);

function tile({ type, rows, vectors }) {
  const { lanes, bytes, panel } = type;
  const isWide = vectors > panel;
  const vectorAt = (v) => (isWide && v >= panel ? `v128.load(next, ${(v - panel) * 16})` : `v128.load(b, ${v * 16})`);
  const sums = range(rows).flatMap((r) => range(vectors).map((v) => ({ r, v, name: `sum${r}_${v}` })));
  return `
export function ${type.name}Tile${rows}x${vectors}(c: usize, ldc: usize, a0: usize, lda: usize, b: usize, depth: i32, segments: i32, segmentStride: usize, accumulate: bool): void {
${sums.map(({ name }) => `  let ${name} = ${lanes}.splat(0);`).join("\n")}
${range(rows - 1)
  .map((r) => `  let a${r + 1} = a${r} + lda;`)
  .join("\n")}
${isWide ? `  let next = b + <usize>(depth * segments) * ${panel * 16};` : ""}
  const skip = segmentStride - <usize>depth * ${bytes};
  for (; segments > 0; segments--) {
    const end = a0 + <usize>depth * ${bytes};
    while (a0 < end) {
${range(vectors)
  .map((v) => `      const b${v} = ${vectorAt(v)};`)
  .join("\n")}
${range(rows)
  .map((r) => `      const x${r} = v128.load_splat<${type.name}>(a${r});`)
  .join("\n")}
${sums.map(({ r, v, name }) => `      ${name} = ${lanes}.add(${name}, ${lanes}.mul(x${r}, b${v}));`).join("\n")}
${range(rows)
  .map((r) => `      a${r} += ${bytes};`)
  .join("\n")}
      b += ${Math.min(vectors, panel) * 16};
${isWide ? `      next += ${panel * 16};` : ""}
    }
${range(rows)
  .map((r) => `    a${r} += skip;`)
  .join("\n")}
  }
  if (accumulate) {
${range(rows)
  .map((r) => storeRow(sums, r, (sum, v) => `${lanes}.add(v128.load(c, ${v * 16}), ${sum})`))
  .join("\n")}
  } else {
${range(rows)
  .map((r) => storeRow(sums, r, (sum) => sum))
  .join("\n")}
  }
}`;

  function storeRow(all, row, value) {
    const stores = all
      .filter(({ r }) => r === row)
      .map(({ v, name }) => `    v128.store(c, ${value(name, v)}, ${v * 16});`);
    return [...stores, ...(row < rows - 1 ? ["    c += ldc;"] : [])].join("\n");
  }
}

/** The text of assembly/tiles.generated.ts. */
export function tileSource() {
  return `// Written by scripts/wasm-tiles.mjs.\n${tiles.map(tile).join("\n")}\n`.replaceAll(
    /\n\n+(?! *export)/g,
    "\n",
  );
}
