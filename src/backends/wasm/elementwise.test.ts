import { describe, expect, it } from "vitest";
import { type Allocator, ref } from "../../compile/allocator.ts";
import { constant, leaf, type Operator, type Real } from "../../expr/node.ts";
import * as e from "../../expr/ops.ts";
import { operation } from "../../expr/real.ts";
import { scalarFunctions } from "../../expr/scalar.ts";
import type { Access, Output, PlanShape } from "../../plan/plan.ts";
import { type Draw, largestDifference, runSketch, type SketchRun } from "../../testing/plan-sketch.ts";
import { referenceBackend } from "../reference/reference.ts";
import { wasmBackend } from "./wasm.ts";

const shapeOf = (rows: number, length = 5): PlanShape => {
  return { length, batch: 2 * rows, rows, shards: 2, chunk: 2, segment: length, mode: "train" };
};

/** y ← f(x) over one row of `values`, on the wasm backend. */
function evaluate(f: Real, inputs: readonly Real[], values: readonly (readonly number[])[]): readonly number[] {
  const width = values[0].length;
  const draw: Draw = (allocator) => {
    const row = (name: string) => ref(allocator.allocate({ name, scope: "shard", rows: 1, width }));
    const access = inputs.map((input, i) => [input, { kind: "matrix", ref: row(String(i)) }] as const);
    const outputs = [{ kind: "store", value: f, ref: row("y") } as const];
    return { begin: [{ kind: "elementwise", over: "step", width, inputs: new Map<Real, Access>(access), outputs }] };
  };
  const start = (name: string, i: number) => values[Number(name)]?.[i];
  return runSketch(wasmBackend(), { ...shapeOf(1, 1), shards: 1, chunk: 1 }, draw, { start }).get("y")?.[0] ?? [];
}

describe("operators", () => {
  const [x, y] = [leaf("x"), leaf("y")];
  const numbers = [-1e30, -88, -7.5, -2.5, -1, -0.3, -1e-30, 0, 1e-30, 0.4, 0.5, 1, 1.5, 2.5, 3, 88, 1e30].map(
    Math.fround,
  );
  const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b]));
  const columns = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
  const close = (actual: number, expected: number) =>
    Object.is(actual, expected) ||
    actual === expected ||
    Math.abs(actual - expected) <= 1e-6 * Math.abs(expected) + 2e-38 ||
    (Math.abs(expected) > 3.4e38 && Math.abs(actual) > 3.4e38 && Math.sign(actual) === Math.sign(expected));

  it.each<Operator>(["neg", "abs", "sign", "relu", "round", "exp", "tanh", "sigmoid"])("%s", (operator) => {
    const actual = evaluate(operation(operator, x), [x], [numbers]);
    numbers.forEach((a, i) => {
      const expected = scalarFunctions[operator](a);
      expect(close(actual[i], expected), `${operator}(${a}) = ${expected}, not ${actual[i]}`).toBe(true);
    });
  });

  it.each<Operator>(["sqrt", "log", "exponent", "mantissa"])("%s of positive numbers", (operator) => {
    const positive = numbers.filter((a) => a > 0);
    const actual = evaluate(operation(operator, x), [x], [positive]);
    positive.forEach((a, i) => {
      const expected = scalarFunctions[operator](a);
      expect(close(actual[i], expected), `${operator}(${a}) = ${expected}, not ${actual[i]}`).toBe(true);
    });
  });

  it("sin, cos", () => {
    const angles = [-700, -3.2, -1.57, -0.1, 0, 0.8, 1.6, 3.14, 4.8, 100].map(Math.fround);
    for (const operator of ["sin", "cos"] as const) {
      const actual = evaluate(operation(operator, x), [x], [angles]);
      for (const [i, a] of angles.entries()) expect(Math.abs(actual[i] - Math[operator](a))).toBeLessThan(5e-7);
    }
  });

  it("pow2", () => {
    const exponents = [-126, -1, 0, 1, 10, 127];
    expect(evaluate(operation("pow2", x), [x], [exponents])).toEqual(exponents.map((n) => 2 ** n));
    expect(evaluate(operation("pow2", x), [x], [[-127]])).toEqual([0]);
  });

  it.each<Operator>(["add", "sub", "mul", "div", "min", "max", "hypot"])("%s", (operator) => {
    const actual = evaluate(operation(operator, x, y), [x, y], columns);
    pairs.forEach(([a, b], i) => {
      const expected = Math.fround(scalarFunctions[operator](a, b));
      const overflows = operator === "hypot" && Math.max(Math.abs(a), Math.abs(b)) > 1e18;
      const underflows = operator === "hypot" && Math.max(Math.abs(a), Math.abs(b)) < 1e-18;
      if (overflows || underflows) return;
      const bothNaN = Number.isNaN(expected) && Number.isNaN(actual[i]);
      expect(bothNaN || close(actual[i], expected), `${operator}(${a}, ${b}) = ${expected}, not ${actual[i]}`).toBe(
        true,
      );
    });
  });

  it("selectLess in all its forms, also with NaN", () => {
    const values = [Number.NaN, -1, 0, 2];
    const all = values.flatMap((a) => values.map((b) => [a, b]));
    const forms: [Real, Real, Real, Real][] = [
      [x, y, x, y],
      [x, y, y, x],
      [x, y, constant(3), constant(4)],
      [x, y, constant(0), y],
      [x, y, y, constant(0)],
      [y, x, constant(-0), constant(5)],
    ];
    for (const [p, q, yes, no] of forms) {
      const f = operation("selectLess", p, q, yes, no);
      const actual = evaluate(f, [x, y], [all.map(([a]) => a), all.map(([, b]) => b)]);
      const value = (node: Real, [a, b]: number[]) => (node.kind === "constant" ? node.value : node === x ? a : b);
      const expected = all.map((ab) => (value(p, ab) < value(q, ab) ? value(yes, ab) : value(no, ab)));
      expect(actual).toEqual(expected);
    }
  });

  it("NaN passes through", () => {
    const functions = [
      e.min(x, 1),
      e.max(1, x),
      e.min(x, y),
      e.max(y, x),
      e.relu(x),
      e.exp(x),
      e.tanh(x),
      e.sigmoid(x),
    ];
    for (const f of [...functions, e.log(x), e.sin(x), e.sqrt(x), e.abs(x)]) {
      expect(evaluate(f, [x, y], [[Number.NaN], [1]])).toEqual([Number.NaN]);
    }
  });
});

describe("loops", () => {
  const sizes = [1, 3, 10, 13].flatMap((rows) => [1, 4, 5, 17, 68].map((width) => ({ rows, width })));

  it.each(sizes)("every access and output, $rows rows of $width", ({ rows, width }) => {
    for (const over of ["step", "chunk"] as const) agree(rows, (allocator) => drawAll(allocator, rows, width, over));
  });

  it("reads what an output overwrites before it is overwritten", () => {
    agree(3, (allocator) => {
      const state = ref(allocator.allocate({ name: "state", scope: "shard", rows: 3, width: 5 }));
      const other = ref(allocator.allocate({ name: "other", scope: "shard", rows: 3, width: 5 }));
      const old = leaf("old");
      const outputs: Output[] = [
        { kind: "store", value: e.mul(old, 2), ref: state },
        { kind: "store", value: e.add(old, 1), ref: other },
      ];
      const inputs = new Map<Real, Access>([[old, { kind: "matrix", ref: state }]]);
      return { layer: { step: [{ kind: "elementwise", over: "step", width: 5, inputs, outputs }] } };
    });
  });

  it("takes an operation as an input without computing it", () => {
    agree(2, (allocator) => {
      const place = (name: string) => ref(allocator.allocate({ name, scope: "shard", rows: 2, width: 6 }));
      const h = leaf("h");
      const kept = e.tanh(h);
      const outputs: Output[] = [{ kind: "store", value: e.sub(1, e.mul(kept, kept)), ref: place("derivative") }];
      const inputs = new Map<Real, Access>([[kept, { kind: "matrix", ref: place("kept") }]]);
      return { begin: [{ kind: "elementwise", over: "step", width: 6, inputs, outputs }] };
    });
  });
});

function agree(rows: number, draw: Draw, run?: SketchRun): void {
  const shape = shapeOf(rows);
  const expected = runSketch(referenceBackend(), shape, draw, run);
  const { error, buffer } = largestDifference(runSketch(wasmBackend(), shape, draw, run), expected);
  expect(error, buffer).toBeLessThan(3e-6);
}

/** One instruction with all kinds of inputs and outputs, some of them side by side in one buffer. */
function drawAll(allocator: Allocator, rows: number, width: number, over: "step" | "chunk") {
  const stride = Math.ceil(width / 4) * 4;
  const perStep = { scope: "shard", rows, time: "sequence", times: 6 } as const;
  const values = allocator.allocate({ ...perStep, name: "values", width: 2 * stride });
  const results = allocator.allocate({ ...perStep, name: "results", width });
  const still = allocator.allocate({ name: "still", scope: "workspace", rows, width });
  const vector = allocator.allocate({ name: "vector", scope: "shared", rows: 2, width });
  const features = allocator.allocate({ ...perStep, name: "features", width: 3, padding: "tight" });
  const table = allocator.allocate({ name: "table", scope: "shared", rows: 4, width });
  const index = ref(allocator.allocate({ ...perStep, name: "index", width: 1, element: "int32", padding: "tight" }));
  const sums = allocator.allocate({ name: "sums", scope: "shard", rows: 1, width });
  const scattered = allocator.allocate({ name: "scattered", scope: "shard", rows: 4, width });

  const [a, b, c, v, u, f, g] = ["a", "b", "c", "v", "u", "f", "g"].map(leaf);
  const inputs = new Map<Real, Access>([
    [a, { kind: "matrix", ref: ref(values) }],
    [b, { kind: "matrix", ref: ref(values, stride, 1) }],
    [c, { kind: "matrix", ref: ref(still) }],
    [v, { kind: "vector", ref: ref(vector) }],
    [u, { kind: "vector", ref: ref(vector, vector.stride) }],
    [f, { kind: "row", ref: ref(features, 2) }],
    [g, { kind: "gather", table: ref(table), index }],
  ]);
  const activation = e.tanh(e.add(e.mul(f, v), e.add(a, g)));
  const outputs: Output[] = [
    { kind: "store", value: e.add(activation, e.mul(u, b)), ref: ref(results, 0, 1) },
    { kind: "store", value: e.mul(e.sub(c, activation), 0.5), ref: ref(still) },
    { kind: "sum", value: e.mul(activation, b), ref: ref(sums) },
    { kind: "scatter", value: e.sub(activation, c), table: ref(scattered), index },
  ];
  const list = [{ kind: "elementwise", over, width, inputs, outputs } as const];
  return { layer: over === "step" ? { step: list } : { project: list } };
}
