import { describe, expect, it, vi } from "vitest";
import { createCell } from "../../cells/registry.ts";
import { ref } from "../../compile/allocator.ts";
import { BackendError, MemoryLimitError, UsageError } from "../../errors.ts";
import { leaf, type Real } from "../../expr/node.ts";
import { createModel } from "../../nn/model.ts";
import type { Batch } from "../../nn/spec.ts";
import type { Backend } from "../../plan/backend.ts";
import type { Plan, PlanShape } from "../../plan/plan.ts";
import { randomStream } from "../../random/stream.ts";
import {
  fixtureBatch,
  fixtureModel,
  fixtureState,
  fixtures,
  gradientError,
  relativeError,
} from "../../testing/fixtures.ts";
import { type Draw, runSketch } from "../../testing/plan-sketch.ts";
import { referenceBackend } from "../reference/reference.ts";
import { wasmBackend } from "./wasm.ts";

describe.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("PyTorch float64: %s", (_, fixture) => {
  it.each([false, true])("loss, gradients, outputs and states agree (checkpointing: %s)", (checkpointing) => {
    const [batch, state] = [fixtureBatch(fixture), fixtureState(fixture)];
    const model = fixtureModel(fixture, { backend: wasmBackend(), checkpointing, threads: 2 });
    expect(relativeError([model.gradient(batch, state).loss], [fixture.loss])).toBeLessThan(5e-6);
    const { error, name } = gradientError(model, fixture);
    expect(error, name).toBeLessThan(1e-5);
    expect(relativeError(model.loss(batch, state).outputs, fixture.logits.data)).toBeLessThan(2e-6);
    const final = model.finalState();
    for (const [name, { shape, data }] of Object.entries(fixture.states)) {
      const last = data.slice((shape[0] - 1) * shape[1] * shape[2]);
      expect(relativeError(final[name], last), name).toBeLessThan(2e-6);
    }
    model.dispose();
  });
});

describe("threads", () => {
  const length = 60;
  const rows = 52;

  it.each(["scornn", "lstm", "gru"])("%s has the same bits on 1, 2 and 3 threads, again and again", (cell) => {
    const random = randomStream(5, "threads");
    const draw = (count: number) => Int32Array.from({ length: count }, () => random.integer(9));
    const batch: Batch = { length, rows, symbols: draw(length * rows), classes: draw(length * rows) };
    const gradientsOf = (threads: number) => {
      const model = createModel(
        {
          input: { kind: "symbols", classes: 9 },
          layers: [{ cell: createCell(cell, {}), units: 37 }],
          output: { loss: "cross-entropy", size: 9, at: "every-step" },
        },
        { backend: wasmBackend(), threads, seed: 2 },
      );
      // Workers take part only from the moment they have started.
      const results = Array.from({ length: threads > 1 ? 20 : 1 }, () => {
        const { loss } = model.gradient(batch);
        return [loss, ...model.parameters.flatMap(({ gradient }) => [...gradient])];
      });
      model.dispose();
      return results;
    };
    const [expected] = gradientsOf(1);
    expect(expected.every(Number.isFinite)).toBe(true);
    for (const threads of [2, 3]) for (const result of gradientsOf(threads)) expect(result).toEqual(expected);
  });
});

describe("errors", () => {
  const shape: PlanShape = { length: 1, batch: 1, rows: 1, shards: 1, chunk: 1, segment: 1, mode: "infer" };
  const compiling = (edit: (plan: Plan) => Plan): Backend => {
    const backend = wasmBackend();
    return { ...backend, compile: (plan, options) => backend.compile(edit(plan), options) };
  };
  const nothing: Draw = () => ({});

  it("names the sizes of a plan above 4 GiB, and the fix", () => {
    const backend = compiling((plan) => ({ ...plan, layout: { ...plan.layout, shard: 5 * 2 ** 30 } }));
    expect(() => runSketch(backend, shape, nothing)).toThrow(MemoryLimitError);
    expect(() => runSketch(backend, shape, nothing)).toThrow(/1 shards of 5120 MiB.*smaller batch/);
  });

  it("refuses a plan for another target", () => {
    const backend = { ...wasmBackend(), target: referenceBackend().target };
    expect(() => runSketch(backend, shape, nothing)).toThrow(UsageError);
  });

  it("says what is missing without WebAssembly", () => {
    vi.stubGlobal("WebAssembly", undefined);
    try {
      expect(() => runSketch(wasmBackend(), shape, nothing)).toThrow(BackendError);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it.each([1, 3])("reports a shard that leaves the memory, on %i threads, and works again afterwards", (threads) => {
    const rows = 2;
    const draw: Draw = (allocator) => {
      const table = ref(allocator.allocate({ name: "table", scope: "shared", rows: 4, width: 4 }));
      const index = ref(allocator.allocate({ name: "index", scope: "shard", rows, width: 1, element: "int32" }));
      const out = ref(allocator.allocate({ name: "out", scope: "shard", rows, width: 4 }));
      const value = leaf("row");
      const inputs = new Map<Real, { kind: "gather"; table: typeof table; index: typeof index }>();
      inputs.set(value, { kind: "gather", table, index });
      const outputs = [{ kind: "store", value, ref: out }] as const;
      return { begin: [{ kind: "elementwise", over: "step", width: 4, inputs, outputs }] };
    };
    const sharded = { ...shape, batch: 8, rows, shards: 4 };
    const run = (index: number) =>
      runSketch(wasmBackend(), sharded, draw, { threads, start: (name) => (name === "index" ? index : undefined) });
    expect(() => run(2 ** 27)).toThrow(BackendError);
    expect(() => run(2 ** 27)).toThrow(/out of bounds/);
    const contents = run(3);
    expect(contents.get("out")?.[3].slice(0, 4)).toEqual(contents.get("table")?.[0].slice(12));
  });
});
