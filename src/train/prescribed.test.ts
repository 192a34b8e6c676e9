import { describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.ts";
import { createCell } from "../cells/registry.ts";
import { ShapeError, UsageError } from "../errors.ts";
import { createModel } from "../nn/model.ts";
import { resolveConfig } from "../runs/config/resolve.ts";
import { systemIdentification } from "../tasks/system-identification.ts";
import type { BatchResult } from "./callback.ts";
import { createExperiment, optimizerOf } from "./experiment.ts";
import { fit as train } from "./fit.ts";

const { backend } = selectBackend("reference");
const small = ["task.units=3", "task.length=8", "task.heldOutExamples=4", "model.units=3", "backend=reference"];
const experiment = (cell: string, ...set: string[]) =>
  createExperiment(
    resolveConfig({
      task: "system-identification",
      flags: { model: { cell: { name: cell } }, training: { iterations: 5, batch: 4 } },
      set: [...small, ...set],
    }),
  );

describe("prescribed parameters", () => {
  it("keep their values in training and stay out of the gradient's norm", async () => {
    const { model, task, config } = experiment("scurnn");
    const before = new Map(model.parameters.map(({ name, values }) => [name, values.slice()]));
    const norms: number[] = [];
    const expected: number[] = [];
    const recorder = {
      onBatchEnd(_: unknown, { gradientNorm }: BatchResult) {
        norms.push(gradientNorm);
        const trained = model.parameters.filter(({ frozen }) => !frozen);
        expected.push(Math.hypot(...trained.flatMap(({ gradient }) => [...gradient])));
        const bias = model.parameters.find(({ name }) => name === "layers.0.b");
        expect(Math.hypot(...(bias?.gradient ?? []))).toBeGreaterThan(0);
      },
    };
    await train(model, task, { optimizer: optimizerOf(config), iterations: 5, batch: 4, callbacks: [recorder] });
    for (const { name, values, frozen, role } of model.parameters) {
      expect(frozen).toBe(role !== "recurrent");
      if (frozen) expect(values).toEqual(before.get(name));
      else expect(values).not.toEqual(before.get(name));
    }
    expect(norms.length).toBe(5);
    for (const [i, norm] of norms.entries()) expect(norm / expected[i]).toBeCloseTo(1, 12);
  });

  it("are checked before a run begins", () => {
    expect(() => experiment("gru")).toThrow(/Choose --cell urnn/);
    expect(() => experiment("urnn", "model.units=4")).toThrow(/task\.units.*model\.units/);
    expect(() => experiment("urnn", "optimizer.bias={lr: 1e-3}")).toThrow(UsageError);
  });

  it("may be any parameter, of as many values as it has", () => {
    const { input, output } = systemIdentification({ units: 3 });
    const spec = { input, output, layers: [{ cell: createCell("urnn"), units: 3 }] };
    const theta = Float64Array.from({ length: 21 }, (_, i) => i + 1);
    const fixed = createModel(spec, { backend, prescribed: (name) => (name.includes(".W") ? theta : undefined) });
    const recurrent = fixed.parameters.filter(({ frozen }) => frozen);
    expect(recurrent.map(({ name, values }) => [name, values])).toEqual([["layers.0.W.theta", theta]]);
    expect(() => createModel(spec, { backend, prescribed: () => theta })).toThrow(ShapeError);
    expect(() => createModel(spec, { backend, prescribed: () => theta })).toThrow(
      /21 values are prescribed for "layers\.0\.x\.re\.weight", expected 18/,
    );
  });

  it("stay at their place when their parametrization would move its base", () => {
    const cell = createCell("dtriv", { rebaseEvery: 1 });
    const theta = Float64Array.from([0.3, -0.2, 0.5]);
    const model = createModel(
      {
        input: { kind: "dense", features: 1 },
        layers: [{ cell, units: 3 }],
        output: { loss: "mean-squared-error", size: 1, at: "last-step" },
      },
      { backend, prescribed: (name) => (name === "layers.0.W.theta" ? theta : undefined) },
    );
    model.updated();
    expect(model.parameters.find(({ name }) => name === "layers.0.W.theta")?.values).toEqual(theta);
  });
});
