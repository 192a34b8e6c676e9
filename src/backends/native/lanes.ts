/**
 * Vectors whose lanes are rows of the batch: every number of a chain's vector [size × parts] is one of them. Helpers to bring
 * rows into lanes, and to sum over lanes.
 */
export interface Lanes {
  /** Rows taken together: a power of two. */
  readonly width: number;
  readonly type: string;
}

/** The narrowest vectors that take no more of them than the widest would. */
export function chooseLanes(rows: number, widest: number): Lanes {
  let width = widest;
  while (width > 4 && Math.ceil(rows / (width / 2)) === Math.ceil(rows / widest)) width /= 2;
  return { width, type: `v${width}` };
}

/**
 * C of the helpers for one width L: `rows_in(a, stride, live, n, x, step)` puts the first `live` rows of a into lanes and zeros
 * into the others; `rows_out(c, stride, live, count, t)` is its inverse for L units or, at the end, `count` of them; `fold` is a step
 * of `sumLanes`.
 */
export function laneHelpers({ width, type }: Lanes): string {
  const indices = (of: (e: number) => number) => Array.from({ length: width }, (_, e) => of(e)).join(", ");
  const shuffle = (a: string, b: string, of: (e: number) => number) => `SHUFFLE${width}(${a}, ${b}, ${indices(of)})`;
  const each = (text: (e: number) => string) => range(width).map(text).join("\n");
  const rows = range(width).map((e) => `r${e}`);
  const { lines, results } = transposed({ width, type }, rows, shuffle);
  return `typedef float ${type} __attribute__((vector_size(${4 * width}), may_alias));
typedef float u${width} __attribute__((vector_size(${4 * width}), aligned(4), may_alias));
typedef int i${width} __attribute__((vector_size(${4 * width})));
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE${width}(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE${width}(a, b, ...) __builtin_shuffle(a, b, (i${width}){__VA_ARGS__})
#endif
static __attribute__((noinline)) void rows_in${width}(const float *a, long stride, long live, long n, float *x, long step) {
  for (long u = 0; u < n; u += ${width}, x += ${width} * step) {
    ${type} ${rows.join(", ")};
${each((e) => `    if (live > ${e}) ${rows[e]} = *(const u${width} *)(a + ${e} * stride + u); else ${rows[e]} = (${type}){0};`)}
${lines.join("\n")}
${each((e) => `    if (u + ${e} < n) *(${type} *)(x + ${e} * step) = ${results[e]};`)}
  }
}
static __attribute__((noinline)) void rows_out${width}(float *c, long stride, long live, long count, const ${type} *t) {
    const ${type} ${rows.map((row, e) => `${row} = t[${e}]`).join(", ")};
${lines.join("\n")}
  if (count == ${width}) {
${each((e) => `    if (live > ${e}) *(u${width} *)(c + ${e} * stride) = ${results[e]};`)}
  } else {
    ${type} part;
${each((e) => `    if (live > ${e}) part = ${results[e]}, memcpy(c + ${e} * stride, &part, count * 4);`)}
  }
}
${powers(width)
  .map((groups) => {
    // x and y hold the partial sums of `groups` vectors, h lanes each; together they become those of twice as many.
    const h = width / (2 * groups);
    const lane = (e: number) => {
      const group = Math.floor(e / h);
      return (group >= groups ? width : 0) + (group % groups) * 2 * h + (e % h);
    };
    const [low, high] = [shuffle("x", "y", lane), shuffle("x", "y", (e) => lane(e) + h)];
    return `static inline __attribute__((always_inline)) ${type} ${fold(width, groups)}(${type} x, ${type} y) { return ${low} + ${high}; }`;
  })
  .join("\n")}`;
}

/**
 * Statements that leave in `name` the vector of Σ lanes of L vectors, for C that declares `name_0`, … `name_(L−1)` one by one: each is
 * added as soon as it can be, so that few are held at a time. Several such sums go together.
 */
export function sumLanes({ width, type }: Lanes, names: readonly string[], declare: (e: number) => string): string[] {
  const tree = (groups: number, e: number): string[] => {
    if (groups === width) return [declare(e)];
    const half = width / groups / 2;
    return [
      ...[...tree(groups * 2, e), ...tree(groups * 2, e + half)],
      ...names.map((name) => {
        const [x, y] = [e, e + half].map((first) => partial(name, groups * 2, first, width));
        return `const ${type} ${partial(name, groups, e, width)} = ${fold(width, half)}(${x}, ${y});`;
      }),
    ];
  };
  return tree(1, 0);
}

/** The sum of the vectors from number e on that are one of `groups` groups. */
const partial = (name: string, groups: number, e: number, width: number): string =>
  groups === 1 ? name : groups === width ? `${name}_${e}` : `${name}_${e}_${width / groups}`;
const fold = (width: number, groups: number): string => `fold${width}_${groups}`;

type Shuffle = (a: string, b: string, of: (e: number) => number) => string;

/**
 * Statements that transpose L vectors: numbers within blocks of four lanes, then the blocks. Each exchange is one that
 * processors have an instruction for.
 */
function transposed({ width, type }: Lanes, rows: readonly string[], shuffle: Shuffle) {
  const lines: string[] = [];
  const exchange = (
    values: readonly string[],
    gap: number,
    low: (e: number) => number,
    high: (e: number) => number,
  ) => {
    const results = [...values];
    const stage = lines.length;
    for (const i of range(width).filter((place) => (place & gap) === 0)) {
      const [x, y] = [values[i], values[i | gap]];
      for (const [to, of] of [
        [i, low],
        [i | gap, high],
      ] as const) {
        results[to] = `e${stage}_${to}`;
        lines.push(`    const ${type} ${results[to]} = ${shuffle(x, y, of)};`);
      }
    }
    return results;
  };
  const block = (e: number) => e & ~3;
  // [x₀ y₀ x₁ y₁], [x₂ y₂ x₃ y₃] and then pairs of those: the vector of number k lies where the bits of k are exchanged.
  const unpack = (first: number) => (e: number) => block(e) + first + ((e & 3) >> 1) + (e & 1) * width;
  const pairs = (first: number) => (e: number) => block(e) + first + (e & 1) + ((e & 2) >> 1) * width;
  const units = exchange(exchange(rows, 1, unpack(0), unpack(2)), 2, pairs(0), pairs(2));
  let results = units.map((_, i) => units[(i & ~3) | ((i & 1) << 1) | ((i & 2) >> 1)]);
  const blocks = width / 4;
  const of = (e: number, pick: (b: number) => number) => {
    const b = e >> 2;
    const half = blocks / 2;
    return (b >= half ? width : 0) + 4 * pick(b % half) + (e & 3);
  };
  if (blocks === 2)
    results = exchange(
      results,
      4,
      (e) => of(e, () => 0),
      (e) => of(e, () => 1),
    );
  if (blocks === 4) {
    const halves = exchange(
      results,
      4,
      (e) => of(e, (b) => b),
      (e) => of(e, (b) => b + 2),
    );
    const parts = exchange(
      halves,
      8,
      (e) => of(e, (b) => 2 * b),
      (e) => of(e, (b) => 2 * b + 1),
    );
    results = parts.map((_, i) => parts[(i & 3) | ((i & 4) << 1) | ((i & 8) >> 1)]);
  }
  return { lines, results };
}

const range = (n: number): number[] => [...Array(n).keys()];
const powers = (width: number): number[] => range(Math.log2(width)).map((e) => 2 ** e);
