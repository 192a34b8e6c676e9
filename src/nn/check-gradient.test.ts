import { describe, expect, it } from "vitest";
import { nativeBackend } from "../backends/native/native.ts";
import { findToolchain } from "../backends/native/toolchain.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { type Cell, defineCell, projection, real, recurrent } from "../cells/cell.ts";
import { gru } from "../cells/gru.ts";
import { lstm } from "../cells/lstm.ts";
import { rnn } from "../cells/rnn.ts";
import { scornn } from "../cells/scornn.ts";
import { UsageError } from "../errors.ts";
import { add, tanh } from "../expr/ops.ts";
import { free } from "../parametrizations/free.ts";
import type { Parametrization } from "../parametrizations/parametrization.ts";
import { randomStream } from "../random/stream.ts";
import { checkGradient } from "./check-gradient.ts";
import { createModel, type ModelOptions } from "./model.ts";
import type { Batch, ModelSpec } from "./spec.ts";

const [length, rows, classes, size] = [9, 3, 5, 4];
const random = randomStream(1, "test");
const batch: Batch = {
  length,
  rows,
  symbols: Int32Array.from({ length: length * rows }, () => random.integer(classes)),
  classes: Int32Array.from({ length: length * rows }, () => random.integer(size)),
};

const modelOf = (
  cell: Cell,
  options: Partial<ModelOptions> = {},
  initialState: "zero" | "learned" | "given" = "zero",
) =>
  createModel(
    {
      input: { kind: "symbols", classes },
      layers: [{ cell, units: 8, initialState }],
      output: { loss: "cross-entropy", size, at: "every-step" },
    } satisfies ModelSpec,
    { backend: referenceBackend(), seed: 3, ...options },
  );

/** W is free, but its pullback forgets a part of the gradient. */
function broken(): Parametrization {
  const whole = free();
  return {
    ...whole,
    name: "broken",
    bind(n, kernels) {
      const bound = whole.bind(n, kernels);
      return {
        materialize: (theta, weight) => bound.materialize(theta, weight),
        pullback: (weightGradient, thetaGradient) => {
          bound.pullback(weightGradient, thetaGradient);
          for (let i = 0; i < thetaGradient.length; i++) thetaGradient[i] *= 0.999;
        },
      };
    },
  };
}

describe("checkGradient", () => {
  it.each([
    ["scornn", scornn()],
    ["scornn with larger inputs", scornn({ inputInit: "glorot-uniform" })],
    ["lstm", lstm()],
    ["lstm with a peephole", lstm({ peephole: true })],
    ["gru", gru()],
    ["gru with reset before", gru({ reset: "before" })],
    ["rnn", rnn({ parametrization: "scaled-cayley" })],
  ])("finds the gradient of %s right", (_, cell) => {
    const model = modelOf(cell);
    const checks = checkGradient(model, batch);
    expect(checks.map(({ name }) => name)).toEqual(model.parameters.map(({ name }) => name));
    for (const { name, maxRelativeError } of checks) expect(maxRelativeError, name).toBeLessThan(1e-6);
  });

  it("finds learned and given initial states, masks and checkpointing right", () => {
    const mask = Float64Array.from({ length: length * rows }, (_, i) => (i < 6 * rows || i % rows === 0 ? 1 : 0));
    const learned = modelOf(lstm(), { checkpointing: true }, "learned");
    for (const check of checkGradient(learned, { ...batch, mask })) {
      expect(check.maxRelativeError, check.name).toBeLessThan(1e-6);
    }
    const given = modelOf(gru(), {}, "given");
    const state = { "layers.0.h": Float64Array.from({ length: rows * 8 }, () => random.normal()) };
    for (const check of checkGradient(given, batch, { state })) {
      expect(check.maxRelativeError, check.name).toBeLessThan(1e-6);
    }
  });

  it("leaves out parameters without entries", () => {
    const layers = [{ cell: rnn({ parametrization: "scaled-cayley" }), units: 1 }];
    const output = { loss: "cross-entropy", size, at: "every-step" } as const;
    const model = createModel({ input: { kind: "symbols", classes }, layers, output }, { backend: referenceBackend() });
    const names = checkGradient(model, batch).map(({ name }) => name);
    expect(names).toContain("layers.0.x.weight");
    expect(names).not.toContain("layers.0.W.theta");
  });

  it("detects a gradient that is wrong by a tenth of a per cent, and where", () => {
    const cell = defineCell({
      name: "elman",
      states: { h: real },
      inputs: { x: projection() },
      maps: { W: recurrent({ parametrization: broken() }) },
      step: ({ h, x, W }) => ({ h: tanh(add(W(h), x)) }),
    });
    for (const { name, maxRelativeError } of checkGradient(modelOf(cell), batch, { samples: 64 })) {
      if (name.startsWith("layers.0.W")) expect(maxRelativeError, name).toBeGreaterThan(5e-4);
      else expect(maxRelativeError, name).toBeLessThan(1e-6);
    }
  });

  it("leaves the parameters as they were", () => {
    const model = modelOf(scornn());
    const before = model.parameters.map(({ values }) => values.slice());
    const { loss } = model.loss(batch);
    checkGradient(model, batch, { samples: 3 });
    expect(model.parameters.map(({ values }) => values)).toEqual(before);
    expect(model.loss(batch).loss).toBe(loss);
  });

  it("takes as many samples as there are, the same ones for a seed", () => {
    const model = modelOf(scornn());
    const counts = Object.fromEntries(checkGradient(model, batch).map(({ name, samples }) => [name, samples]));
    expect(counts["layers.0.W.theta"]).toBe(20);
    expect(counts["head.bias"]).toBe(size);
    expect(checkGradient(model, batch, { seed: 5 })).toEqual(checkGradient(model, batch, { seed: 5 }));
  });

  it.skipIf(!findToolchain())("agrees to some per cent in float32", () => {
    const checks = checkGradient(modelOf(gru(), { backend: nativeBackend() }), batch);
    for (const { name, maxRelativeError } of checks) expect(maxRelativeError, name).toBeLessThan(0.03);
  });

  it.each([
    [{ samples: 0 }, "samples is 0"],
    [{ step: 0 }, "step is 0"],
  ])("refuses %o", (options, complaint) => {
    expect(() => checkGradient(modelOf(scornn()), batch, options)).toThrow(UsageError);
    expect(() => checkGradient(modelOf(scornn()), batch, options)).toThrow(complaint);
  });
});
