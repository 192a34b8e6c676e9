import { describe, expect, it } from "vitest";
import { ref } from "../../compile/allocator.ts";
import { BackendError } from "../../errors.ts";
import type { PlanShape } from "../../plan/plan.ts";
import {
  chainOf,
  chainStart,
  drawChains,
  factorKinds,
  unitaryKinds,
  withoutScratch,
} from "../../testing/factor-chains.ts";
import { type Draw, runSketch } from "../../testing/plan-sketch.ts";
import { wasmBackend } from "./wasm.ts";

const shape: PlanShape = { length: 3, batch: 15, rows: 3, shards: 5, chunk: 1, segment: 3, mode: "train" };

describe("on threads", () => {
  const cases = [
    { name: "the unitary RNN's chain of 24", chain: chainOf(unitaryKinds, 24, "complex") },
    { name: "a real chain of every kind", chain: chainOf(factorKinds, 16, "real") },
    { name: "a complex chain of every kind", chain: chainOf(factorKinds, 16, "complex") },
  ];
  it.each(cases)("$name gives the same numbers", ({ chain }) => {
    const draw = drawChains({ chain }, shape.rows, shape.length);
    const run = (threads: number) =>
      withoutScratch(runSketch(wasmBackend(), shape, draw, { ...chainStart({ chain }), threads }));
    const expected = run(1);
    expect([...expected.values()].flat(2).every(Number.isFinite)).toBe(true);
    for (const threads of [2, 3]) expect(run(threads)).toEqual(expected);
  });

  it("permutations give the same numbers", () => {
    const index = Int32Array.of(4, 0, 6, 5, 1, 3, 2);
    const draw: Draw = (allocator) => {
      const request = { scope: "shard", rows: shape.rows, width: 7, time: "sequence", times: 3 } as const;
      const [a, c] = ["a", "c"].map((name) => ref(allocator.allocate({ name, ...request })));
      return { layer: { step: [{ kind: "permute", over: "step", a, c, index }] } };
    };
    const [one, two] = [1, 2].map((threads) => runSketch(wasmBackend(), shape, draw, { threads }));
    expect(two).toEqual(one);
    const [a, c] = ["a", "c"].map((name) => one.get(name)?.[4].slice(-7) ?? []);
    expect(c).toEqual([...index].map((i) => a[i]));
  });
});

it("refuses a scratch buffer that does not hold a chain's vectors", () => {
  const chain = chainOf(unitaryKinds, 8, "complex");
  const draw: Draw = (allocator) => {
    const sketch = drawChains({ chain }, shape.rows, shape.length)(allocator);
    const scratch = allocator.allocate({ name: "narrow", scope: "workspace", rows: 1, width: 64 });
    const step = (sketch.layer?.step ?? []).map((i) => (i.kind === "factored" ? { ...i, scratch } : i));
    return { ...sketch, layer: { ...sketch.layer, step } };
  };
  expect(() => runSketch(wasmBackend(), shape, draw)).toThrow(BackendError);
  expect(() => runSketch(wasmBackend(), shape, draw)).toThrow(/narrow has 64 floats.* need 256/);
});
