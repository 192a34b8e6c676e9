import type { Factor } from "../../plan/plan.ts";
import { type ChainCode, type Num, plus, times, type View } from "./chain-code.ts";
import {
  type Applied,
  emitFactor,
  emitInner,
  emitMode,
  emitOthers,
  emitSparse,
  permuted,
  reflected,
} from "./emit-factor.ts";
import { sumLanes } from "./lanes.ts";

/** Statements for the adjoint at a factor's operand for the adjoint b of its result; adds the weights' adjoints to `g`. */
export function emitFactorAdjoint(code: ChainCode, factor: Factor, applied: Applied, b: View): View {
  const { input: x } = applied;
  switch (factor.kind) {
    case "diagonal":
      return adjointDiagonal(code, factor.at, x, b);
    case "reflection":
      return adjointReflection(code, factor.at, applied, b);
    case "fourier":
      return emitFactor(code, { ...factor, inverse: !factor.inverse }, b, false).output;
    case "walsh":
      return emitFactor(code, factor, b, false).output;
    case "permutation": {
      const inverse = new Int32Array(code.n);
      factor.index.forEach((from, to) => {
        inverse[from] = to;
      });
      return permuted(code, inverse, b);
    }
    case "pairs":
      return adjointPairs(code, factor, x, b);
    case "mode":
      return adjointMode(code, factor, x, b);
    case "sparse":
      return adjointSparse(code, factor, x, b);
  }
}

interface Gradient {
  /** Which of the factor's vectors of `count` numbers. */
  readonly which: number;
  readonly value: Num;
}

/**
 * For each of `count` indices u runs `body`, and adds its values, summed over lanes, to the factor's gradient: the numbers at
 * which·count + u of `total` ones. A vector's worth of indices at a time.
 */
function forEachGradient(
  code: ChainCode,
  { at, count, total }: { at: number; count: number; total: number },
  body: readonly string[],
  gradients: readonly Gradient[],
): void {
  const { lanes } = code;
  const { type, width } = lanes;
  const sums = gradients.flatMap(({ which, value }) =>
    [value.r, ...(value.i ? [value.i] : [])].map((text, part) => ({
      name: `sum${which}_${part}`,
      text,
      place: at + part * total + which * count,
    })),
  );
  const names = sums.map(({ name }) => name);
  const block = (live: number) =>
    sumLanes(lanes, names, (e) => {
      if (e >= live) return names.map((name) => `const ${type} ${name}_${e} = {0};`).join(" ");
      const values = sums.map(({ name, text }) => `${name}_${e} = ${text};`);
      const declared = `${type} ${names.map((name) => `${name}_${e}`).join(", ")};`;
      return [declared, `{ const long u = first + ${e};`, ...body, ...values, "}"].join("\n");
    });
  const rest = count % width;
  const whole = count - rest;
  if (whole > 0) {
    code.lines.push(
      `for (long first = 0; first < ${whole}; first += ${width}) {`,
      ...block(width),
      ...sums.map(({ name, place }) => `*(u${width} *)(g + ${place} + first) += ${name};`),
      "}",
    );
  }
  if (rest > 0) {
    code.lines.push(
      `{ const long first = ${whole};`,
      ...block(rest),
      ...sums.map(({ name, place }) => `for (long e = 0; e < ${rest}; e++) g[${place} + first + e] += ${name}[e];`),
      "}",
    );
  }
}

/** b·x̄ */
const outer = (b: Num, x: Num): Num => times(x, b, true);

function adjointDiagonal(code: ChainCode, at: number, x: View, b: View): View {
  const { n } = code;
  const to = code.placeFor(b);
  const [value, adjoint] = [code.named("x"), code.named("b")];
  forEachGradient(
    code,
    { at, count: n, total: n },
    [...[x.load("u", "x"), b.load("u", "b")], code.store(to, "u", times(code.weight(at, n, "u"), adjoint, true))],
    [{ which: 0, value: outer(adjoint, value) }],
  );
  return code.stored(to, b);
}

function adjointReflection(code: ChainCode, at: number, { input: x, product: s = "" }: Applied, b: View): View {
  const { n } = code;
  const { stored, product: u } = emitInner(code, at, b);
  const sum = plus(outer(code.named("b"), code.named(s)), outer(code.named("x"), code.named(u)));
  const value = { r: `-(${sum.r})`, ...(sum.i && { i: `-(${sum.i})` }) };
  const loads = [x.load("u", "x"), stored.load("u", "b")];
  forEachGradient(code, { at, count: n, total: n }, loads, [{ which: 0, value }]);
  return reflected(code, at, stored, u);
}

type Of<Kind> = Extract<Factor, { kind: Kind }>;

function adjointPairs(code: ChainCode, { at, first, second }: Of<"pairs">, x: View, b: View): View {
  const to = code.placeFor(b);
  const count = first.length;
  const [i, j] = [code.table(first), code.table(second)];
  const weight = (which: number) => code.weight(at, 4 * count, `${which * count} + u`);
  const [xs, bs] = [
    ["xi_", "xj_"],
    ["bi_", "bj_"],
  ].map((names) => names.map((name) => code.named(name)));
  const column = (which: number) => plus(times(weight(which), bs[0], true), times(weight(which + 2), bs[1], true));
  forEachGradient(
    code,
    { at, count, total: 4 * count },
    [
      `const long i = ${i}[u], j = ${j}[u];`,
      ...[x.load("i", "xi_"), x.load("j", "xj_"), b.load("i", "bi_"), b.load("j", "bj_")],
      ...[code.store(to, "i", column(0)), code.store(to, "j", column(1))],
    ],
    [0, 1, 2, 3].map((which) => ({ which, value: outer(bs[which >> 1], xs[which & 1]) })),
  );
  emitOthers(code, first, second, b, to);
  return code.stored(to, b);
}

function adjointMode(code: ChainCode, factor: Of<"mode">, x: View, b: View): View {
  const { at, left, size, right } = factor;
  const count = size * size;
  const place = (index: string) => `(l * ${size} + ${index}) * ${right} + r`;
  forEachGradient(
    code,
    { at, count, total: count },
    [
      code.sumStart("sum"),
      `for (long l = 0; l < ${left}; l++) for (long r = 0; r < ${right}; r++) {`,
      ...[x.load(place(`u / ${size}`), "x"), b.load(place(`u % ${size}`), "b")],
      ...code.addTo("sum", outer(code.named("b"), code.named("x"))),
      "}",
    ],
    [{ which: 0, value: code.named("sum") }],
  );
  return emitMode(code, factor, b, true);
}

function adjointSparse(code: ChainCode, factor: Of<"sparse">, x: View, b: View): View {
  const { n } = code;
  const { at, columns, rows } = factor;
  const count = rows.length;
  const column = new Int32Array(count);
  for (let j = 0; j < n; j++) column.fill(j, columns[j], columns[j + 1]);
  const [rowOf, columnOf] = [code.table(rows), code.table(column)];
  forEachGradient(
    code,
    { at, count, total: count },
    [x.load(`${rowOf}[u]`, "x"), b.load(`${columnOf}[u]`, "b")],
    [{ which: 0, value: outer(code.named("b"), code.named("x")) }],
  );
  const order = [...rows.keys()].sort((p, q) => rows[p] - rows[q] || p - q);
  const starts = new Int32Array(n + 1);
  for (const row of rows) starts[row + 1]++;
  for (let i = 0; i < n; i++) starts[i + 1] += starts[i];
  const [from, byRow, unitByRow] = [starts, order, order.map((e) => column[e])].map((values) => code.table(values));
  return emitSparse(code, factor, from, b, (k) => ({ entry: `${byRow}[${k}]`, unit: `${unitByRow}[${k}]` }), true);
}
