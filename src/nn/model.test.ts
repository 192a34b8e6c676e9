import { describe, expect, it } from "vitest";
import { nativeBackend } from "../backends/native/native.ts";
import { findToolchain } from "../backends/native/toolchain.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { wasmBackend } from "../backends/wasm/wasm.ts";
import { createCell } from "../cells/registry.ts";
import { MemoryLimitError, NonFiniteError, ShapeError, UsageError } from "../errors.ts";
import { orthogonalityResidual } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { createModel, type Model } from "./model.ts";
import type { Batch, ModelSpec } from "./spec.ts";

const backend = referenceBackend();
const copying: Omit<ModelSpec, "layers"> = {
  input: { kind: "symbols", classes: 10 },
  output: { loss: "cross-entropy", size: 9, at: "every-step" },
};
const pixels: Omit<ModelSpec, "layers"> = {
  input: { kind: "dense", features: 1 },
  output: { loss: "cross-entropy", size: 10, at: "last-step" },
};
const adding: Omit<ModelSpec, "layers"> = {
  input: { kind: "dense", features: 2 },
  output: { loss: "mean-squared-error", size: 1, at: "last-step" },
};
const layer = (cell: string, units: number, options = {}) => ({ layers: [{ cell: createCell(cell, options), units }] });

describe("parameter counts", () => {
  // papers.md, sections 2.3 and 3.3.
  it.each([
    ["scoRNN copying", { ...copying, ...layer("scornn", 190) }, 21_764],
    ["scoRNN adding", { ...adding, ...layer("scornn", 170) }, 15_046],
    ["scoRNN MNIST 170", { ...pixels, ...layer("scornn", 170) }, 16_415],
    ["scoRNN MNIST 360", { ...pixels, ...layer("scornn", 360) }, 68_950],
    ["scoRNN MNIST 512", { ...pixels, ...layer("scornn", 512) }, 136_970],
    ["LSTM copying", { ...copying, ...layer("lstm", 68) }, 22_109],
  ] as const)("of %s equals the paper's", (_, spec, count) => {
    expect(createModel(spec, { backend }).parameterCount).toBe(count);
  });
});

function tinyBatch(length = 6, rows = 3): Batch {
  const random = randomStream(2, "batch");
  const integers = (count: number, bound: number) => Int32Array.from({ length: count }, () => random.integer(bound));
  return { length, rows, symbols: integers(length * rows, 10), classes: integers(length * rows, 9) };
}

describe("what does not fit", () => {
  const model = createModel({ ...copying, ...layer("rnn", 4) }, { backend });
  it("is refused with the value and the expectation", () => {
    const batch = tinyBatch();
    expect(() => model.gradient({ ...batch, symbols: new Int32Array(5) })).toThrow(
      /symbols has 5 elements, expected 18/,
    );
    expect(() => model.gradient({ length: 6, rows: 3 })).toThrow(ShapeError);
    expect(() => model.gradient({ ...batch, symbols: new Int32Array(18).fill(10) })).toThrow(
      /contains 10, expected integers from 0 to 9/,
    );
    expect(() => model.gradient({ ...batch, classes: new Int32Array(18).fill(-1) })).toThrow(/contains -1/);
    expect(() => createModel({ ...copying, layers: [] }, { backend })).toThrow(UsageError);
    expect(() => createModel({ ...copying, ...layer("rnn", 0) }, { backend })).toThrow(/units is 0/);
    expect(() => model.matrix("layers.0.V")).toThrow(/layers.0.W/);
  });

  it("is refused when targets, states or the mask are of the wrong kind", () => {
    const batch = tinyBatch();
    const { classes: _, ...unlabelled } = batch;
    expect(() => model.gradient({ ...unlabelled, regression: new Float64Array(18) })).toThrow(/no classes/);
    expect(() => model.gradient({ ...batch, regression: new Float64Array(18) })).toThrow(/does not use/);
    expect(() => model.gradient(unlabelled)).toThrow(/no classes/);
    expect(() => model.gradient({ ...batch, values: new Float64Array(18) })).toThrow(/input is symbols/);
    expect(() => model.gradient({ ...batch, mask: new Float64Array(18) })).toThrow(/no step that counts/);
    expect(() => model.loss(batch, { h: new Float64Array(12) })).toThrow(/layers\.0\.h/);
    expect(() => model.loss(batch, { "layers.0.h": new Float64Array(4) })).toThrow(/has 4 elements, expected 12/);
    const wrong = (part: object) => () =>
      createModel({ ...copying, ...layer("rnn", 4), ...part } as never, { backend });
    expect(wrong({ output: { loss: "crossentropy", size: 9, at: "every-step" } })).toThrow(
      /Did you mean "cross-entropy"/,
    );
    expect(wrong({ output: { loss: "cross-entropy", size: 9, at: "last" } })).toThrow(/"last-step"/);
    expect(wrong({ input: { kind: "dense", features: 0 } })).toThrow(/features is 0/);
    expect(() => createModel({ ...copying, ...layer("rnn", 4) }, { backend, threads: Number.NaN })).toThrow(
      /threads is NaN/,
    );
  });

  it("is refused when it needs more memory than allowed", () => {
    const small = createModel({ ...copying, ...layer("lstm", 64) }, { backend, memoryLimit: 2 ** 20 });
    expect(() => small.gradient(tinyBatch(1000, 20))).toThrow(MemoryLimitError);
    expect(() => small.gradient(tinyBatch(1000, 20))).toThrow(/checkpointing/);
    const checkpointed = createModel(
      { ...copying, ...layer("lstm", 64) },
      { backend, memoryLimit: 2 ** 23, checkpointing: true },
    );
    expect(checkpointed.gradient(tinyBatch(400, 8)).loss).toBeGreaterThan(0);
  });
});

describe("states", () => {
  const model = createModel({ ...copying, ...layer("lstm", 4) }, { backend });

  it("after the last step are those of the latest batch, whatever ran before", () => {
    const batches = [2, 4, 2].map((rows) => tinyBatch(5, rows));
    const finals = batches.map((batch) => {
      model.gradient(batch);
      return model.finalState();
    });
    expect(finals[0]["layers.0.h"].length).toBe(8);
    expect(finals[1]["layers.0.h"].length).toBe(16);
    expect(finals[2]).toEqual(finals[0]);
    expect(() => createModel({ ...copying, ...layer("rnn", 4) }, { backend }).finalState()).toThrow(/nothing ran/);
  });

  it("of a stream of several rows begin at the initial state", () => {
    const { output } = model.step([3, 3]);
    expect([...output.subarray(0, 9)]).toEqual([...output.subarray(9)]);
    expect(output.every(Number.isFinite)).toBe(true);
  });
});

describe("a loss that is not finite", () => {
  it.each([false, true])("names layer, state, time step and row (checkpointing: %s)", (checkpointing) => {
    const spec = {
      input: { kind: "dense", features: 1 },
      output: copying.output,
      ...layer("rnn", 4, { activation: "relu" }),
    } as const;
    const model = createModel(spec, { backend, checkpointing });
    const values = new Float64Array(18).fill(0.1);
    values[3 * 3 + 1] = Number.NaN;
    const batch = { length: 6, rows: 3, values, classes: new Int32Array(18) };
    expect(() => model.gradient(batch)).toThrow(NonFiniteError);
    expect(() => model.gradient(batch)).toThrow(
      /layers\.0\.h of layer 0 is first not finite after time step 4 of 6 \(row 1\)/,
    );
  });

  it("blames the head when the states are finite", () => {
    const model = createModel({ ...copying, ...layer("rnn", 4) }, { backend });
    model.parameters.find(({ name }) => name === "head.bias")?.values.fill(Number.NaN);
    model.changed();
    expect(() => model.gradient(tinyBatch())).toThrow(/head/);
  });
});

const trained: [string, Model][] = [
  ["wasm", createModel({ ...copying, ...layer("scornn", 24) }, { backend: wasmBackend(), threads: 1 })],
  ...(findToolchain()
    ? [
        ["native", createModel({ ...copying, ...layer("scornn", 24) }, { backend: nativeBackend(), threads: 1 })] as [
          string,
          Model,
        ],
      ]
    : []),
];

describe.each(trained)("%s over 10 000 updates", (_, model) => {
  it("keeps WᵀW = I to 1e-6, takes no more memory, and learns", { timeout: 300_000 }, () => {
    const batch = tinyBatch(6, 4);
    const first = model.gradient(batch).loss;
    const heap: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      if (i === 1000 || i === 9999) heap.push(process.memoryUsage().rss);
      model.gradient(batch);
      for (const { values, gradient } of model.parameters)
        for (let j = 0; j < values.length; j++) values[j] -= 0.1 * gradient[j];
      model.changed();
    }
    expect(orthogonalityResidual(Float64Array.from(model.matrix("layers.0.W")), 24)).toBeLessThan(1e-6);
    expect(model.gradient(batch).loss).toBeLessThan(0.2 * first);
    expect(heap[1] - heap[0]).toBeLessThan(24 * 2 ** 20);
    model.dispose();
  });
});
