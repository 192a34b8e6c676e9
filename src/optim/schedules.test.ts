import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { clipElementwise, clipGlobalNorm } from "./clipping.ts";
import { type ScheduleSpec, schedule, schedules } from "./registry.ts";
import { cosine, linearWarmup, product, stepDecay } from "./schedules.ts";

describe("schedules", () => {
  it.each<[ScheduleSpec, readonly (readonly [iteration: number, factor: number])[]]>([
    [
      { name: "constant" },
      [
        [0, 1],
        [1e6, 1],
      ],
    ],
    [
      { name: "step-decay", every: 10, factor: 0.5 },
      [
        [0, 1],
        [9, 1],
        [10, 0.5],
        [29, 0.25],
        [30, 0.125],
      ],
    ],
    [
      { name: "exponential", decay: 0.25, every: 10 },
      [
        [0, 1],
        [5, 0.5],
        [20, 0.0625],
      ],
    ],
    [
      { name: "linear", iterations: 10, final: 0.5 },
      [
        [0, 1],
        [5, 0.75],
        [10, 0.5],
        [99, 0.5],
      ],
    ],
    [
      { name: "linear-warmup", iterations: 4 },
      [
        [0, 0.25],
        [2, 0.75],
        [3, 1],
        [4, 1],
        [100, 1],
      ],
    ],
    [
      { name: "cosine", iterations: 8 },
      [
        [0, 1],
        [2, 0.5 + Math.SQRT1_2 / 2],
        [4, 0.5],
        [8, 0],
        [9, 0],
      ],
    ],
    [
      { name: "cosine", iterations: 12, warmup: 4, final: 0.1 },
      [
        [0, 0.25],
        [3, 1],
        [4, 1],
        [8, 0.55],
        [12, 0.1],
        [50, 0.1],
      ],
    ],
    [
      { name: "piecewise", boundaries: [5, 7], factors: [1, 0.1, 0.01] },
      [
        [0, 1],
        [4, 1],
        [5, 0.1],
        [6, 0.1],
        [7, 0.01],
        [99, 0.01],
      ],
    ],
  ])("%o", (spec, points) => {
    const factor = schedule(spec);
    for (const [iteration, expected] of points) expect(factor(iteration)).toBeCloseTo(expected, 14);
  });

  it("multiply", () => {
    const both = product(linearWarmup({ iterations: 2 }), stepDecay({ every: 4, factor: 0.1 }));
    expect([0, 1, 3, 4].map(both)).toEqual([0.5, 1, 1, 0.1]);
    expect(schedule(both)).toBe(both);
  });

  it("are all described", () => {
    for (const { description } of Object.values(schedules)) expect(description).not.toBe("");
  });

  it.each<[unknown, RegExp]>([
    [{ name: "cosin", iterations: 1 }, /Did you mean "cosine"/],
    [{ name: "cosine" }, /iterations is undefined/],
    [{ name: "cosine", iterations: 5, warmup: 5 }, /leave some for the cosine/],
    [{ name: "step-decay", every: 0, factor: 1 }, /every is 0/],
    [{ name: "exponential", decay: -1 }, /decay is -1/],
    [{ name: "piecewise", boundaries: [1], factors: [1] }, /2 parts, but there are 1 factors/],
    [{ name: "piecewise", boundaries: [2, 1], factors: [1, 1, 1] }, /do not ascend/],
  ])("%o is refused", (spec, message) => {
    expect(() => schedule(spec as ScheduleSpec)).toThrow(UsageError);
    expect(() => schedule(spec as ScheduleSpec)).toThrow(message);
  });

  it("never leave [0, 1] with a warmup and a cosine", () => {
    const factor = cosine({ iterations: 100, warmup: 10 });
    for (let iteration = 0; iteration < 200; iteration++) {
      expect(factor(iteration)).toBeGreaterThanOrEqual(0);
      expect(factor(iteration)).toBeLessThanOrEqual(1);
    }
  });
});

describe("clipping", () => {
  it("bounds the joint norm and leaves small gradients alone", () => {
    const gradients = [Float32Array.of(3, 0), Float64Array.of(4)];
    expect(clipGlobalNorm(gradients, 10)).toBe(5);
    expect(gradients).toEqual([Float32Array.of(3, 0), Float64Array.of(4)]);
    expect(clipGlobalNorm(gradients, 1)).toBe(5);
    expect(Math.hypot(...gradients[0], ...gradients[1])).toBeCloseTo(1, 6);
  });

  it("reports a norm that is not finite and touches nothing", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const gradients = [Float32Array.of(1, bad), Float32Array.of(2)];
      expect(Number.isFinite(clipGlobalNorm(gradients, 0.1))).toBe(false);
      expect(gradients).toEqual([Float32Array.of(1, bad), Float32Array.of(2)]);
    }
  });

  it("bounds each entry", () => {
    const gradient = Float32Array.of(-3, -1, 0.5, 2, Number.NaN, Number.POSITIVE_INFINITY);
    clipElementwise(gradient, 1);
    expect([...gradient]).toEqual([-1, -1, 0.5, 1, Number.NaN, 1]);
  });

  it("refuses bounds that are not positive", () => {
    expect(() => clipGlobalNorm([], 0)).toThrow(UsageError);
    expect(() => clipElementwise(new Float32Array(1), Number.NaN)).toThrow(/NaN/);
  });
});
