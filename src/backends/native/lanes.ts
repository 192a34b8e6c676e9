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
 * into the others; `transpose(t)` exchanges the L numbers of L vectors; `fold` is a step of `sumLanes`.
 */
export function laneHelpers({ width, type }: Lanes): string {
  const indices = (of: (e: number) => number) => Array.from({ length: width }, (_, e) => of(e)).join(", ");
  const shuffle = (a: string, b: string, of: (e: number) => number) => `SHUFFLE${width}(${a}, ${b}, ${indices(of)})`;
  return `typedef float ${type} __attribute__((vector_size(${4 * width}), may_alias));
typedef float u${width} __attribute__((vector_size(${4 * width}), aligned(4), may_alias));
typedef int i${width} __attribute__((vector_size(${4 * width})));
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE${width}(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE${width}(a, b, ...) __builtin_shuffle(a, b, (i${width}){__VA_ARGS__})
#endif
static inline void transpose${width}(${type} *t) {
  ${type} x, y;
${powers(width)
  .flatMap((h) =>
    range(width)
      .filter((i) => (i & h) === 0)
      .map((i) => {
        const low = shuffle("x", "y", (e) => ((e & h) === 0 ? e : width + e - h));
        const high = shuffle("x", "y", (e) => ((e & h) === 0 ? e + h : width + e));
        return `  x = t[${i}], y = t[${i | h}], t[${i}] = ${low}, t[${i | h}] = ${high};`;
      }),
  )
  .join("\n")}
}
static __attribute__((noinline)) void rows_in${width}(const float *a, long stride, long live, long n, float *x, long step) {
  for (long u = 0; u < n; u += ${width}, x += ${width} * step) {
    ${type} t[${width}] = {0};
    for (long r = 0; r < live; r++) t[r] = *(const u${width} *)(a + r * stride + u);
    transpose${width}(t);
    for (long e = 0; e < ${width} && u + e < n; e++) *(${type} *)(x + e * step) = t[e];
  }
}
static __attribute__((noinline)) void rows_out${width}(float *c, long stride, long live, long count, ${type} *t) {
  transpose${width}(t);
  for (long r = 0; r < live; r++) {
    if (count == ${width}) *(u${width} *)(c + r * stride) = t[r];
    else memcpy(c + r * stride, &t[r], count * 4);
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

const range = (n: number): number[] => [...Array(n).keys()];
const powers = (width: number): number[] => range(Math.log2(width)).map((e) => 2 ** e);
