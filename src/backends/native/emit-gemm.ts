import type { Gemm, GemmShape, OuterProduct, Pack } from "../../plan/plan.ts";
import { chooseTile, panels, split } from "./tile.ts";

/** Vector unit the code is for. */
export interface Machine {
  readonly lanes: number;
  readonly registers: number;
}

/** Inner dimension and result columns of a product, in either direction. */
function extent({ k, n, groups, groupStride }: GemmShape, transpose: boolean, lanes: number) {
  return transpose
    ? { segments: groups, inner: n, columns: Math.ceil(k / lanes) * lanes }
    : { segments: 1, inner: k, columns: groups * groupStride };
}

const tileOf = (rows: number, columns: number, { lanes, registers }: Machine) =>
  chooseTile(rows, columns / lanes, registers);

/** `name(a, packed, c)`: the product for `rows` rows, panel by panel, each register tile over the whole inner product. */
export function emitGemm(name: string, gemm: Gemm, rows: number, machine: Machine): string {
  const { lanes } = machine;
  const { segments, inner, columns } = extent(gemm.shape, gemm.transpose, lanes);
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
      { segments, inner, lda, ldc, gap: gemm.shape.groupStride },
    );
  });
  const body = [
    `  for (long p = 0; p < ${wide}; p++) {`,
    ...tiles(tile.vectors, `b + p * ${panelSize(tile.vectors)}`, `p * ${tile.vectors * lanes}`),
    "  }",
    ...(rest ? tiles(rest, `b + ${wide * panelSize(tile.vectors)}`, `${wide * tile.vectors * lanes}`) : []),
  ];
  return `${functions.join("\n")}\nstatic void ${name}(const float *a, const float *b, float *c) {\n${body.join("\n")}\n}`;
}

function gemmTile(
  name: string,
  { rows, vectors }: { rows: number; vectors: number },
  { segments, inner, lda, ldc, gap }: { segments: number; inner: number; lda: number; ldc: number; gap: number },
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
    ...all.map(([r, v]) => `  STORE(c + ${r * ldc} + ${v} * VL, c${r}_${v});`),
    "}",
  ];
  return lines.join("\n");
}

/** `name(weights, packed)`: the packed form `emitGemm` reads, column panels of the tile's width one after another. */
export function emitPack(name: string, pack: Pack, rows: number, machine: Machine): string {
  const { gemm, transpose } = pack;
  const { lanes } = machine;
  const { segments, inner, columns } = extent(gemm, transpose, lanes);
  const { vectors } = tileOf(rows, columns, machine);
  const { k, n, groupStride } = gemm;
  const element = transpose
    ? `j < ${k} ? w[s][j * ${n} + i] : 0`
    : `j % ${groupStride} < ${n} ? w[j / ${groupStride}][i * ${n} + j % ${groupStride}] : 0`;
  return `static void ${name}(const float *const *w, float *restrict p) {
  for (long first = 0; first < ${columns}; first += ${vectors * lanes}) {
    const long end = first + ${vectors * lanes} < ${columns} ? first + ${vectors * lanes} : ${columns};
    for (long s = 0; s < ${segments}; s++) for (long i = 0; i < ${inner}; i++) for (long j = first; j < end; j++) *p++ = ${element};
  }
}`;
}

/** `name(a, b, gradient, rows)`: gradient += aᵀ b, tiles of the gradient held in registers over all rows. */
export function emitOuter(name: string, { a, b, gradient, shape }: OuterProduct, machine: Machine): string {
  const { lanes } = machine;
  const columns = shape.groups * shape.groupStride;
  const tile = tileOf(shape.k, columns, machine);
  const rowParts = split(shape.k, tile.rows);
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
  return `${functions.join("\n")}
static void ${name}(const float *a, const float *b, float *g, long rows) {
  for (long p = 0; p < ${wide}; p++) {
${calls(tile.vectors, `p * ${tile.vectors * lanes}`).join("\n")}
  }
${rest ? calls(rest, `${wide * tile.vectors * lanes}`).join("\n") : ""}
}`;
}

const range = (n: number): number[] => [...Array(n).keys()];
const grid = (rows: number, columns: number): [number, number][] =>
  range(rows).flatMap((r) => range(columns).map((c): [number, number] => [r, c]));
