import type { Gemm, GemmShape, OuterProduct, Pack } from "../../plan/plan.ts";
import { chooseTile, panels, split } from "./tile.ts";

/** Vector unit the code is for. */
export interface Machine {
  readonly lanes: number;
  readonly registers: number;
}

/**
 * A product as equal parts that are register-tiled one after another: without blocks one, all groups side by side; with
 * blocks one per block and, forward, group. Steps are elements from one part's operand and result to the next one's.
 */
function partsOf({ k, n, groups, groupStride, blocks }: GemmShape, transpose: boolean, lanes: number) {
  const [rows, columns] = [k / blocks, n / blocks];
  const blockSteps = { a: transpose ? columns : rows, c: transpose ? rows : columns };
  if (transpose) {
    return {
      segments: groups,
      inner: columns,
      columns: Math.ceil(rows / lanes) * lanes,
      groups: 1,
      blocks,
      blockSteps,
    };
  }
  const isWhole = blocks === 1;
  return {
    ...{ segments: 1, inner: rows, columns: isWhole ? groups * groupStride : columns },
    ...{ groups: isWhole ? 1 : groups, blocks, blockSteps },
  };
}

const tileOf = (rows: number, columns: number, { lanes, registers }: Machine) =>
  chooseTile(rows, columns / lanes, registers);

/** `name(a, packed, c)`: the product for `rows` rows, panel by panel, each register tile over the whole inner product. */
export function emitGemm(name: string, gemm: Gemm, rows: number, machine: Machine): string {
  const { lanes } = machine;
  const { segments, inner, columns, groups, blocks, blockSteps } = partsOf(gemm.shape, gemm.transpose, lanes);
  const tile = tileOf(rows, columns, machine);
  const lda = gemm.a.buffer.stride;
  const ldc = gemm.c.buffer.stride;
  const rowParts = split(rows, tile.rows);
  const widths = panels(columns / lanes, tile.vectors);
  const wide = widths.filter((v) => v === tile.vectors).length;
  const rest = widths.length > wide ? widths[widths.length - 1] : 0;
  const panelSize = (v: number) => segments * inner * v * lanes;
  const tiles = (v: number, panel: string, column: string) => {
    let first = 0;
    return rowParts.map((m) => {
      const call = `    ${name}_${m}_${v}(a + ${first * lda}, ${panel}, c + ${first * ldc} + ${column});`;
      first += m;
      return call;
    });
  };
  const shapes = new Set(rowParts.flatMap((m) => widths.map((v) => `${m} ${v}`)));
  const functions = [...shapes].map((shape) => {
    const [m, v] = shape.split(" ").map(Number);
    return gemmTile(
      `${name}_${m}_${v}`,
      { rows: m, vectors: v },
      { segments, inner, lda, ldc, gap: gemm.shape.groupStride, store: gemm.accumulate ? "ADD" : "STORE" },
    );
  });
  const body = [
    `  for (long p = 0; p < ${wide}; p++) {`,
    ...tiles(tile.vectors, `b + p * ${panelSize(tile.vectors)}`, `p * ${tile.vectors * lanes}`),
    "  }",
    ...(rest ? tiles(rest, `b + ${wide * panelSize(tile.vectors)}`, `${wide * tile.vectors * lanes}`) : []),
  ];
  const define = (part: string) =>
    `${functions.join("\n")}\nstatic void ${part}(const float *a, const float *b, float *c) {\n${body.join("\n")}\n}`;
  if (blocks === 1) return define(name);
  return `${define(`${name}_part`)}
static void ${name}(const float *a, const float *b, float *c) {
  for (long block = 0; block < ${blocks}; block++, a += ${blockSteps.a}, c += ${blockSteps.c})
    for (long g = 0; g < ${groups}; g++, b += ${segments * inner * columns}) ${name}_part(a, b, c + g * ${gemm.shape.groupStride});
}`;
}

interface TileLayout {
  readonly segments: number;
  readonly inner: number;
  readonly lda: number;
  readonly ldc: number;
  /** Elements of a from one segment to the next. */
  readonly gap: number;
  readonly store: "ADD" | "STORE";
}

function gemmTile(
  name: string,
  { rows, vectors }: { rows: number; vectors: number },
  { segments, inner, lda, ldc, gap, store }: TileLayout,
): string {
  const all = grid(rows, vectors);
  const lines = [
    `static void ${name}(const float *restrict a, const float *restrict b, float *restrict c) {`,
    `  vf ${all.map(([r, v]) => `c${r}_${v} = {0}`).join(", ")};`,
    `  for (long s = 0; s < ${segments}; s++, a += ${gap}) for (long i = 0; i < ${inner}; i++, b += ${vectors} * VL) {`,
    `    const vf ${range(vectors)
      .map((v) => `b${v} = LOAD(b + ${v} * VL)`)
      .join(", ")};`,
    ...range(rows).map(
      (r) =>
        `    { const vf x = SPLAT(a[${r * lda} + i]); ${range(vectors)
          .map((v) => `c${r}_${v} += x * b${v};`)
          .join(" ")} }`,
    ),
    "  }",
    ...all.map(([r, v]) => `  ${store}(c + ${r * ldc} + ${v} * VL, c${r}_${v});`),
    "}",
  ];
  return lines.join("\n");
}

/** `name(weights, packed)`: the packed form `emitGemm` reads, column panels of the tile's width one after another. */
export function emitPack(name: string, pack: Pack, rows: number, machine: Machine): string {
  const { gemm, transpose } = pack;
  const { lanes } = machine;
  const { segments, inner, columns, groups } = partsOf(gemm, transpose, lanes);
  const { vectors } = tileOf(rows, columns, machine);
  const { k, n, groupStride, blocks } = gemm;
  const [height, width] = [k / blocks, n / blocks];
  const [innerHeight, innerWidth] = [height / gemm.inner, width / gemm.inner];
  const whole = `w[j / ${groupStride}], block, i, j % ${groupStride}`;
  const element = transpose ? "w[s], block, j, i" : blocks === 1 ? whole : "w[g], block, i, j";
  const [within, column] =
    gemm.inner === 1 ? ["", "j"] : [` && i / ${innerHeight} == j / ${innerWidth}`, `j % ${innerWidth}`];
  return `static inline float ${name}_at(const float *w, long block, long i, long j) {
  return i < ${height} && j < ${width}${within} ? w[(block * ${height} + i) * ${innerWidth} + ${column}] : 0;
}
static void ${name}(const float *const *w, float *restrict p) {
  for (long block = 0; block < ${blocks}; block++)
    for (long g = 0; g < ${groups}; g++)
      for (long first = 0; first < ${columns}; first += ${vectors * lanes}) {
        const long end = first + ${vectors * lanes} < ${columns} ? first + ${vectors * lanes} : ${columns};
        for (long s = 0; s < ${segments}; s++)
          for (long i = 0; i < ${inner}; i++) for (long j = first; j < end; j++) *p++ = ${name}_at(${element});
      }
}`;
}

/** `name(a, b, gradient, rows)`: gradient += aᵀ b, tiles of the gradient held in registers over all rows. */
export function emitOuter(name: string, { a, b, gradient, shape }: OuterProduct, machine: Machine): string {
  const { lanes } = machine;
  const { inner: k, columns, groups, blocks, blockSteps } = partsOf(shape, false, lanes);
  const tile = tileOf(k, columns, machine);
  const rowParts = split(k, tile.rows);
  const widths = panels(columns / lanes, tile.vectors);
  const shapes = new Set(rowParts.flatMap((m) => widths.map((v) => `${m} ${v}`)));
  const functions = [...shapes].map((text) => {
    const [m, v] = text.split(" ").map(Number);
    const all = grid(m, v);
    return `static void ${name}_${m}_${v}(const float *restrict a, const float *restrict b, float *restrict g, long rows) {
  vf ${all.map(([r, c]) => `c${r}_${c} = {0}`).join(", ")};
  for (long i = 0; i < rows; i++, a += ${a.buffer.stride}, b += ${b.buffer.stride}) {
    const vf ${range(v)
      .map((c) => `b${c} = LOAD(b + ${c} * VL)`)
      .join(", ")};
${range(m)
  .map(
    (r) =>
      `    { const vf x = SPLAT(a[${r}]); ${range(v)
        .map((c) => `c${r}_${c} += x * b${c};`)
        .join(" ")} }`,
  )
  .join("\n")}
  }
${all.map(([r, c]) => `  ADD(g + ${r * gradient.stride} + ${c} * VL, c${r}_${c});`).join("\n")}
}`;
  });
  // Runs of equal row parts become loops, to keep the code small.
  const starts = rowParts.map((_, i) => rowParts.slice(0, i).reduce((s, m) => s + m, 0));
  const calls = (v: number, column: string) =>
    [...new Set(rowParts)].map((m) => {
      const firsts = starts.filter((_, i) => rowParts[i] === m);
      return `    { static const int first[] = {${firsts}}; for (long q = 0; q < ${firsts.length}; q++) ${name}_${m}_${v}(a + first[q], b + ${column}, g + first[q] * ${gradient.stride}L + ${column}, rows); }`;
    });
  const wide = widths.filter((v) => v === tile.vectors).length;
  const rest = widths.length > wide ? widths[widths.length - 1] : 0;
  const define = (part: string) => `${functions.join("\n")}
static void ${part}(const float *a, const float *b, float *g, long rows) {
  for (long p = 0; p < ${wide}; p++) {
${calls(tile.vectors, `p * ${tile.vectors * lanes}`).join("\n")}
  }
${rest ? calls(rest, `${wide * tile.vectors * lanes}`).join("\n") : ""}
}`;
  if (blocks === 1) return define(name);
  return `${define(`${name}_part`)}
static void ${name}(const float *a, const float *b, float *g, long rows) {
  for (long block = 0; block < ${blocks}; block++, a += ${blockSteps.a}, b += ${blockSteps.c}, g += ${k * gradient.stride})
    for (long group = 0; group < ${groups}; group++) ${name}_part(a, b + group * ${shape.groupStride}, g + group * ${columns}, rows);
}`;
}

const range = (n: number): number[] => [...Array(n).keys()];
const grid = (rows: number, columns: number): [number, number][] =>
  range(rows).flatMap((r) => range(columns).map((c): [number, number] => [r, c]));
