import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clipGlobalNorm } from "./clipping.ts";
import { type OptimizerSpec, optimizer } from "./registry.ts";

interface Fixture {
  readonly initial: number[];
  readonly gradients: number[][];
  readonly rates: number[];
  readonly cases: readonly { readonly options: Record<string, unknown>; readonly trajectory: number[][] }[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));

/** Largest difference relative to max(1, |expected|); NaN anywhere gives NaN. */
function distance(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(actual[i] - value) / Math.max(1, Math.abs(value))),
    0,
  );
}

describe.each(["sgd", "rmsprop", "adam", "adamw", "adagrad"] as const)("%s against PyTorch", (name) => {
  const { initial, gradients, rates, cases }: Fixture = read(name);

  it.each(cases)("$options", ({ options, trajectory }) => {
    const parameters = Float64Array.from(initial);
    const state = optimizer({ name, lr: rates[0], ...options } as OptimizerSpec).create(initial.length, "float64");
    trajectory.forEach((expected, step) => {
      state.step(parameters, Float64Array.from(gradients[step]), rates[step]);
      expect(distance(parameters, expected)).toBeLessThanOrEqual(1e-12);
    });
    expect(state.count).toBe(trajectory.length);
  });

  it.each(cases)("$options in float32 follows within rounding", ({ options, trajectory }) => {
    const parameters = Float32Array.from(initial);
    const state = optimizer({ name, lr: rates[0], ...options } as OptimizerSpec).create(initial.length, "float32");
    gradients.forEach((gradient, step) => {
      state.step(parameters, Float32Array.from(gradient), rates[step]);
    });
    expect(Object.values(state.tensors()).every((tensor) => tensor instanceof Float32Array)).toBe(true);
    expect(distance(parameters, trajectory[trajectory.length - 1])).toBeLessThan(2e-5);
  });
});

describe("clipGlobalNorm against PyTorch", () => {
  const { gradients, cases }: { gradients: number[][]; cases: { max: number; norm: number; clipped: number[][] }[] } =
    read("clipping");

  it.each(cases)("max $max", ({ max, norm, clipped }) => {
    const arrays = gradients.map((gradient) => Float64Array.from(gradient));
    expect(Math.abs(clipGlobalNorm(arrays, max) - norm)).toBeLessThan(1e-14);
    arrays.forEach((array, i) => {
      expect(distance(array, clipped[i])).toBeLessThanOrEqual(1e-15);
    });
  });
});
