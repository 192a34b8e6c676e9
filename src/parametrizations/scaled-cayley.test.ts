import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels, identity, orthogonalityResidual, solve } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { type ScaledCayleyOptions, scaledCayley } from "./scaled-cayley.ts";
import { skewIndex } from "./skew.ts";

function weightAt(theta: Float64Array, n: number, options?: ScaledCayleyOptions): Float64Array {
  const weight = new Float64Array(n * n);
  scaledCayley(options).bind(n, denseKernels).materialize(theta, weight);
  return weight;
}

const diagonal = (w: Float64Array, n: number) => Array.from({ length: n }, (_, i) => w[i * n + i]);

describe("scaledCayley", () => {
  it("is (I + A)⁻¹(I − A)D, solved the long way", () => {
    const n = 7;
    const random = randomStream(1, "cayley");
    const theta = Float64Array.from({ length: 21 }, () => random.normal());
    const plus = identity(n);
    const minus = identity(n);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++, at++) {
        expect(skewIndex(n, i, j)).toBe(at);
        plus[i * n + j] += theta[at];
        plus[j * n + i] -= theta[at];
        minus[i * n + j] -= theta[at];
        minus[j * n + i] += theta[at];
      }
    }
    const expected = solve(plus, minus, n, n);
    for (let i = 0; i < n; i++) for (let j = 4; j < n; j++) expected[i * n + j] *= -1;
    const actual = weightAt(theta, n, { negativeOnes: 3 });
    actual.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 13);
    });
  });

  it.each(["adding", "dense-last", "masked", "symbols"])("agrees with PyTorch's W and ∂L/∂θ: scornn-%s", (name) => {
    const file = new URL(`../cells/fixtures/scornn-${name}.json`, import.meta.url);
    const { layers, parameters, gradients, weights, weightGradients } = JSON.parse(readFileSync(file, "utf8"));
    const { units, options } = layers[0];
    const bound = scaledCayley({ negativeOnes: options.negativeOnes }).bind(units, denseKernels);
    const theta = Float64Array.from(parameters["layers.0.W.theta"].data);
    const weight = new Float64Array(units * units);
    const gradient = new Float64Array(theta.length);
    bound.materialize(theta, weight);
    bound.pullback(Float64Array.from(weightGradients["layers.0.W"].data), gradient);
    weight.forEach((value, i) => {
      expect(Math.abs(value - weights["layers.0.W"].data[i])).toBeLessThan(1e-13);
    });
    gradient.forEach((value, i) => {
      expect(Math.abs(value - gradients["layers.0.W.theta"].data[i])).toBeLessThan(1e-13);
    });
  });

  it("puts the −1 of D last, as a rounded fraction or a count", () => {
    const signs = (n: number, negativeOnes?: number) =>
      diagonal(weightAt(new Float64Array((n * (n - 1)) / 2), n, negativeOnes === undefined ? {} : { negativeOnes }), n);
    expect(signs(4)).toEqual([1, 1, -1, -1]);
    expect(signs(5)).toEqual([1, 1, -1, -1, -1]);
    expect(signs(10, 0.1)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, -1]);
    expect(signs(3, 0)).toEqual([1, 1, 1]);
    expect(signs(3, 1)).toEqual([-1, -1, -1]);
    expect(signs(3, 2)).toEqual([1, -1, -1]);
  });

  it("refuses impossible numbers of −1", () => {
    for (const negativeOnes of [-0.1, 1.5, Number.NaN])
      expect(() => scaledCayley({ negativeOnes })).toThrow(UsageError);
    expect(() => scaledCayley({ negativeOnes: 6 }).bind(5, denseKernels)).toThrow(/more than the 5 units/);
    expect(() => scaledCayley({ negativeOnes: 5 }).bind(5, denseKernels)).not.toThrow();
  });

  it("needs θ before it pulls back", () => {
    const bound = scaledCayley().bind(2, denseKernels);
    expect(() => bound.pullback(new Float64Array(4), new Float64Array(1))).toThrow(/materialize first/);
  });

  it("starts as plane rotations, the last unit of an odd n alone", () => {
    for (const [init, low, high] of [
      ["helfrich", 0, Math.PI / 2],
      ["henaff", -Math.PI, Math.PI],
      ["zero", 0, 0],
    ] as const) {
      const n = 401;
      const theta = scaledCayley({ init }).initialize(n, randomStream(1, "init"));
      const w = weightAt(theta, n, { negativeOnes: 0 });
      const angles = Array.from({ length: 200 }, (_, j) => Math.atan2(w[2 * j * n + 2 * j + 1], w[2 * j * n + 2 * j]));
      const mean = angles.reduce((sum, angle) => sum + angle / angles.length, 0);
      expect(Math.min(...angles)).toBeGreaterThanOrEqual(low - 1e-12);
      expect(Math.max(...angles)).toBeLessThanOrEqual(high + 1e-12);
      expect(Math.abs(mean - (low + high) / 2)).toBeLessThanOrEqual((high - low) / 10);
      if (high > low) expect(Math.max(...angles) - Math.min(...angles)).toBeGreaterThan(0.95 * (high - low));
      for (let j = 0; j < 200; j++) {
        expect(w[(2 * j + 1) * n + 2 * j]).toBeCloseTo(-Math.sin(angles[j]), 9);
        expect(w[(2 * j + 1) * n + 2 * j + 1]).toBeCloseTo(Math.cos(angles[j]), 9);
      }
      expect(w[n * n - 1]).toBe(1);
      expect(theta.filter((entry) => entry !== 0).length).toBe(init === "zero" ? 0 : 200);
    }
  });

  it("stays orthogonal to 1e-6 over 10 000 RMSprop updates in float32", () => {
    const n = 32;
    const random = randomStream(1, "updates");
    const parametrization = scaledCayley();
    const bound = parametrization.bind(n, denseKernels);
    const theta = Float32Array.from(parametrization.initialize(n, random));
    const weight = new Float32Array(n * n);
    const gradient = new Float32Array(theta.length);
    const square = new Float32Array(theta.length).fill(1);
    let worst = 0;
    for (let update = 0; update < 10_000; update++) {
      bound.materialize(theta, weight);
      if (update % 100 === 0) worst = Math.max(worst, orthogonalityResidual(weight, n));
      bound.pullback(
        weight.map(() => random.normal()),
        gradient,
      );
      for (let i = 0; i < theta.length; i++) {
        square[i] = 0.9 * square[i] + 0.1 * gradient[i] ** 2;
        theta[i] -= (1e-2 * gradient[i]) / Math.sqrt(square[i] + 1e-10);
      }
    }
    bound.materialize(theta, weight);
    expect(theta.every((value) => Math.abs(value) > 0 && Math.abs(value) < 100)).toBe(true);
    expect(Math.max(worst, orthogonalityResidual(weight, n))).toBeLessThan(1e-6);
  });
});
