import type { Factor } from "../../plan/plan.ts";
import { type ChainCode, minus, plus, times, type View } from "./chain-code.ts";
import { emitFourier } from "./emit-fourier.ts";
import { emitWalsh } from "./emit-walsh.ts";

/** What a factor made of its operand, with what its adjoint needs again. */
export interface Applied {
  readonly input: View;
  readonly output: View;
  /** 2·vᴴx of a reflection. */
  readonly product?: string;
}

/**
 * Statements for y = factor(x). Diagonals, permutations and reflections (after their inner product) write nothing: they
 * become part of whatever reads y. With `keeps` the operand stays readable.
 */
export function emitFactor(code: ChainCode, factor: Factor, x: View, keeps: boolean): Applied {
  if (factor.kind === "reflection") {
    const { stored, product } = emitInner(code, factor.at, x);
    if (keeps) code.kept.add(stored.slot);
    return { input: stored, output: reflected(code, factor.at, stored, product), product };
  }
  if (keeps) code.kept.add(x.slot);
  return { input: x, output: emitLinear(code, factor, x) };
}

function emitLinear(code: ChainCode, factor: Exclude<Factor, { kind: "reflection" }>, x: View): View {
  switch (factor.kind) {
    case "diagonal":
      return scaled(code, factor.at, x, false);
    case "permutation":
      return permuted(code, factor.index, x);
    case "fourier":
      return emitFourier(code, factor.inverse, x);
    case "walsh":
      return emitWalsh(code, x);
    case "pairs":
      return emitPairs(code, factor, x);
    case "mode":
      return emitMode(code, factor, x, false);
    case "sparse": {
      const [columns, from] = [code.table(factor.columns), code.table(factor.rows)];
      return emitSparse(code, factor, columns, x, (k) => ({ entry: k, unit: `${from}[${k}]` }));
    }
  }
}

/** d ⊙ x, or d̄ ⊙ x. */
export function scaled(code: ChainCode, at: number, x: View, conjugate: boolean): View {
  return {
    ...{ slot: x.slot, isStored: false, isInPlace: x.isInPlace },
    load: (unit, name) =>
      [
        x.load(unit, `${name}d`),
        code.declare(name, times(code.weight(at, code.n, `(${unit})`), code.named(`${name}d`), conjugate)),
      ].join(" "),
  };
}

export function permuted(code: ChainCode, index: Int32Array, x: View): View {
  const table = code.table(index);
  return {
    ...{ slot: x.slot, isStored: false, isInPlace: false },
    load: (unit, name) => x.load(`${table}[${unit}]`, name),
  };
}

/** x − v·product, for product = 2·vᴴx. */
export function reflected(code: ChainCode, at: number, x: View, product: string): View {
  return {
    ...{ slot: x.slot, isStored: false, isInPlace: x.isInPlace },
    load: (unit, name) =>
      [
        x.load(unit, `${name}v`),
        code.declare(
          name,
          minus(code.named(`${name}v`), times(code.weight(at, code.n, `(${unit})`), code.named(product))),
        ),
      ].join(" "),
  };
}

/** Declares 2·vᴴx, and stores x if it was not. Two units at a time, so that the sums do not wait for each other. */
export function emitInner(code: ChainCode, at: number, x: View): { stored: View; product: string } {
  const { n } = code;
  const product = code.fresh("inner");
  const slot = x.isStored ? x.slot : code.placeFor(x);
  const units = n % 2 === 0 ? [0, 1] : [0];
  for (const i of units) code.lines.push(code.sumStart(`${product}_${i}`));
  const body = units.flatMap((i) => [
    x.load(`u + ${i}`, `x${i}_`),
    ...code.addTo(`${product}_${i}`, times(code.weight(at, n, `u + ${i}`), code.named(`x${i}_`), true)),
    ...(x.isStored ? [] : [code.store(slot, `u + ${i}`, code.named(`x${i}_`))]),
  ]);
  code.lines.push(`for (long u = 0; u < ${n}; u += ${units.length}) {`, ...body, "}");
  const total = units.map((i) => code.named(`${product}_${i}`)).reduce(plus);
  const two = { r: `2.0f * (${total.r})`, ...(total.i && { i: `2.0f * (${total.i})` }) };
  code.lines.push(code.declare(product, two));
  return { stored: x.isStored ? x : code.stored(slot, x), product };
}

type Pairs = Extract<Factor, { kind: "pairs" }>;

function emitPairs(code: ChainCode, { at, first, second }: Pairs, x: View): View {
  const to = code.placeFor(x);
  const count = first.length;
  const [i, j] = [code.table(first), code.table(second)];
  const weight = (which: number) => code.weight(at, 4 * count, `${which * count} + p`);
  const [left, right] = [code.named("left"), code.named("right")];
  const row = (which: number) => plus(times(weight(which), left), times(weight(which + 1), right));
  code.forEach(
    count,
    [
      `const long i = ${i}[p], j = ${j}[p];`,
      ...[x.load("i", "left"), x.load("j", "right")],
      ...[code.store(to, "i", row(0)), code.store(to, "j", row(2))],
    ],
    "p",
  );
  emitOthers(code, first, second, x, to);
  return code.stored(to, x);
}

/** Places in no pair keep their value. */
export function emitOthers(code: ChainCode, first: Int32Array, second: Int32Array, x: View, to: number): void {
  if (x.isStored && x.slot === to) return;
  const paired = new Set([...first, ...second]);
  const others = [...Array(code.n).keys()].filter((k) => !paired.has(k));
  if (others.length === 0) return;
  const table = code.table(others);
  code.forEach(
    others.length,
    [`const long u = ${table}[k];`, x.load("u", "x"), code.store(to, "u", code.named("x"))],
    "k",
  );
}

type Mode = Extract<Factor, { kind: "mode" }>;

/** y[l, q, r] = Σ_p x[l, p, r]·A[p, q], or with Aᴴ for A. Four q at a time. */
export function emitMode(code: ChainCode, { at, left, size, right }: Mode, x: View, adjoint: boolean): View {
  const to = code.take();
  const entry = (p: string, q: string) => (adjoint ? `(${q}) * ${size} + ${p}` : `${p} * ${size} + ${q}`);
  const tile = (width: number): string[] => {
    const columns = [...Array(width).keys()];
    return [
      ...columns.map((i) => code.sumStart(`y${i}`)),
      `for (long p = 0; p < ${size}; p++) {`,
      x.load(`(l * ${size} + p) * ${right} + r`, "x"),
      ...columns.flatMap((i) =>
        code.addTo(`y${i}`, times(code.weight(at, size * size, entry("p", `q + ${i}`)), code.named("x"), adjoint)),
      ),
      "}",
      ...columns.map((i) => code.store(to, `(l * ${size} + q + ${i}) * ${right} + r`, code.named(`y${i}`))),
    ];
  };
  code.lines.push(
    `for (long l = 0; l < ${left}; l++) for (long r = 0; r < ${right}; r++) {`,
    "long q = 0;",
    ...(size >= 4 ? [`for (; q + 4 <= ${size}; q += 4) {`, ...tile(4), "}"] : []),
    ...(size % 4 !== 0 ? [`for (; q < ${size}; q++) {`, ...tile(1), "}"] : []),
    "}",
  );
  return code.stored(to, x);
}

/** Sums of a column that do not wait for each other. */
const apart = 4;

/**
 * y_u = Σ_k a_e·x_v over the k from starts[u] to starts[u + 1], where `term` tells entry e and unit v of k; with `adjoint` ā for a.
 */
export function emitSparse(
  code: ChainCode,
  { at, rows }: Extract<Factor, { kind: "sparse" }>,
  starts: string,
  x: View,
  term: (k: string) => { entry: string; unit: string },
  adjoint = false,
): View {
  const to = code.take();
  const sums = [...Array(apart).keys()].map((i) => `y${i}_`);
  const add = (sum: string, k: string) => {
    const { entry, unit } = term(k);
    const product = times(code.weight(at, rows.length, entry), code.named("x"), adjoint);
    return ["{", x.load(unit, "x"), ...code.addTo(sum, product), "}"];
  };
  code.forEach(code.n, [
    ...sums.map((sum) => code.sumStart(sum)),
    `long k = ${starts}[u];`,
    `const long end = ${starts}[u + 1];`,
    `for (; k + ${apart} <= end; k += ${apart}) {`,
    ...sums.flatMap((sum, i) => add(sum, `k + ${i}`)),
    "}",
    "for (; k < end; k++)",
    ...add(sums[0], "k"),
    code.store(to, "u", sums.map((sum) => code.named(sum)).reduce(plus)),
  ]);
  return code.stored(to, x);
}
