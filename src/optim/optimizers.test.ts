import { describe, expect, it } from "vitest";
import { RunError, ShapeError, UsageError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { type OptimizerSpec, optimizer, optimizers } from "./registry.ts";
import { rmsprop } from "./rmsprop.ts";

const everyKind: OptimizerSpec[] = [
  { name: "sgd", lr: 0.1 },
  { name: "sgd", lr: 0.1, momentum: 0.9, nesterov: true },
  { name: "rmsprop", lr: 0.01, preset: "tensorflow" },
  { name: "rmsprop", lr: 0.01, preset: "theano" },
  { name: "rmsprop", lr: 0.01, momentum: 0.5, centered: true },
  { name: "adam" },
  { name: "adam", amsgrad: true },
  { name: "adamw" },
  { name: "adagrad" },
];

describe.each(everyKind)("%o", (spec) => {
  it.each(["float32", "float64"] as const)("goes on to the same %s bits after a restore", (precision) => {
    const Real = precision === "float32" ? Float32Array : Float64Array;
    const random = randomStream(1, "restore");
    const gradients = Array.from({ length: 20 }, () => new Real(9).map(() => random.normal()));
    const { lr } = optimizer(spec);
    const straight = { state: optimizer(spec).create(9, precision), parameters: new Real(9).fill(1) };
    const resumed = { state: optimizer(spec).create(9, precision), parameters: new Real(9) };
    gradients.forEach((gradient, step) => {
      straight.state.step(straight.parameters, gradient, lr);
      if (step < 10) return;
      if (step > 10) resumed.state.step(resumed.parameters, gradient, lr);
      else {
        const saved = Object.entries(straight.state.tensors()).map(([name, tensor]) => [name, tensor.slice()]);
        resumed.state.restore(Object.fromEntries(saved), straight.state.count);
        resumed.parameters.set(straight.parameters);
      }
    });
    expect(resumed.parameters).toEqual(straight.parameters);
    expect(resumed.state.tensors()).toEqual(straight.state.tensors());
    expect(resumed.state.count).toBe(20);
  });

  it("descends a quadratic", () => {
    const parameters = Float32Array.of(3, -2, 0.5);
    const state = optimizer(spec).create(3, "float32");
    const before = parameters.reduce((sum, p) => sum + p * p, 0);
    for (let step = 0; step < 200; step++) state.step(parameters, parameters.slice(), optimizer(spec).lr);
    expect(parameters.reduce((sum, p) => sum + p * p, 0)).toBeLessThan(0.95 * before);
  });

  it("keeps NaN visible and leaves parameters without gradient finite", () => {
    const parameters = Float32Array.of(1, 1);
    const state = optimizer(spec).create(2, "float32");
    for (let step = 0; step < 3000; step++) state.step(parameters, Float32Array.of(0, 1e-30), 1e-3);
    expect(parameters.every(Number.isFinite)).toBe(true);
    state.step(parameters, Float32Array.of(Number.NaN, 0), 1e-3);
    expect(parameters[0]).toBeNaN();
    expect(parameters[1]).not.toBeNaN();
  });

  it("refuses other lengths, and states of other optimisers, lengths, precisions", () => {
    const state = optimizer(spec).create(2, "float32");
    expect(() => state.step(new Float32Array(3), new Float32Array(2), 1)).toThrow(ShapeError);
    expect(() => state.step(new Float32Array(2), new Float32Array(3), 1)).toThrow(ShapeError);
    expect(state.count).toBe(0);
    expect(() => state.restore({ ...state.tensors(), other: new Float32Array(2) }, 1)).toThrow(RunError);
    expect(() => state.restore(state.tensors(), -1)).toThrow(/step count/);
    if (Object.keys(state.tensors()).length === 0) return;
    expect(() => state.restore({}, 1)).toThrow(/is expected/);
    expect(() => state.restore(optimizer(spec).create(3, "float32").tensors(), 1)).toThrow(/of 3 where/);
    expect(() => state.restore(optimizer(spec).create(2, "float64").tensors(), 1)).toThrow(/Float64Array/);
    expect(state.count).toBe(0);
  });
});

describe("rmsprop", () => {
  const firstStep = (options: Partial<Parameters<typeof rmsprop>[0]>, gradient: number) => {
    const parameters = Float64Array.of(0);
    rmsprop({ lr: 1, ...options })
      .create(1, "float64")
      .step(parameters, Float64Array.of(gradient), 1);
    return -parameters[0];
  };

  it("takes the first step of each convention", () => {
    expect(firstStep({ preset: "pytorch" }, 2)).toBeCloseTo(2 / (0.2 + 1e-8), 13);
    expect(firstStep({ preset: "theano" }, 2)).toBeCloseTo(2 / Math.sqrt(0.0009 + 0.4), 14);
    expect(firstStep({ preset: "tensorflow" }, 2)).toBeCloseTo(2 / Math.sqrt(0.9 + 0.4 + 1e-10), 14);
    expect(firstStep({ preset: "tensorflow", initialAccumulator: 0, epsilon: 0.04 }, 2)).toBeCloseTo(
      2 / 0.44 ** 0.5,
      14,
    );
  });

  it("steps nowhere without a gradient, even where v has died out", () => {
    const parameters = Float32Array.of(5);
    const state = rmsprop({ lr: 1, preset: "theano", decay: 0.4 }).create(1, "float32");
    for (let step = 0; step < 200; step++) state.step(parameters, Float32Array.of(0), 1);
    expect(state.tensors().square[0]).toBe(0);
    expect(parameters[0]).toBe(5);
  });
});

describe("options", () => {
  it.each<[unknown, RegExp]>([
    [{ name: "sdg", lr: 1 }, /Did you mean "sgd"/],
    [{ name: "toString" }, /Unknown optimizer/],
    [{ name: "sgd" }, /lr is undefined/],
    [{ name: "sgd", lr: -1 }, /lr is -1; give a number of at least 0/],
    [{ name: "sgd", lr: 1, momentum: 1 }, /momentum is 1; give a number from 0 to below 1/],
    [{ name: "sgd", lr: 1, nesterov: true }, /nesterov needs momentum/],
    [{ name: "sgd", lr: 1, dampening: 2 }, /dampening is 2/],
    [{ name: "rmsprop", lr: 1, preset: "tensorflo" }, /Did you mean "tensorflow"/],
    [{ name: "rmsprop", lr: 1, epsilonPlacement: "insid" }, /Did you mean "inside"/],
    [{ name: "rmsprop", lr: 1, preset: "theano", epsilon: 1e-8 }, /placement is "none"/],
    [{ name: "rmsprop", lr: 1, decay: 1 }, /decay is 1/],
    [{ name: "rmsprop", lr: 1, initialAccumulator: -1 }, /initialAccumulator is -1/],
    [{ name: "adam", beta2: 1 }, /beta2 is 1/],
    [{ name: "adam", epsilon: Number.NaN }, /epsilon is NaN/],
    [{ name: "adamw", weightDecay: -1 }, /weightDecay is -1/],
    [{ name: "adagrad", lr: Number.POSITIVE_INFINITY }, /lr is Infinity/],
  ])("%o is refused", (spec, message) => {
    expect(() => optimizer(spec as OptimizerSpec)).toThrow(UsageError);
    expect(() => optimizer(spec as OptimizerSpec)).toThrow(message);
  });

  it("passes optimisers through and names each as it is registered", () => {
    const built = rmsprop({ lr: 1 });
    expect(optimizer(built)).toBe(built);
    for (const [name, { create, description }] of Object.entries(optimizers)) {
      expect(create({ lr: 0.5 })).toMatchObject({ name, lr: 0.5 });
      expect(description).not.toBe("");
    }
  });
});
