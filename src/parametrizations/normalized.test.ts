import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels, spectralRadius as radiusOf, singularValues } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import type { NormalizedOptions } from "./normalized.ts";
import { spectralNorm } from "./spectral-norm.ts";
import { spectralRadius } from "./spectral-radius.ts";

const random = randomStream(1, "normalized");
const gaussian = (n: number, scale: number) => Float64Array.from({ length: n * n }, () => scale * random.normal());

function weightAt(create: typeof spectralNorm, theta: Float64Array, n: number, options: NormalizedOptions) {
  const weight = new Float64Array(n * n);
  create(options).bind(n, denseKernels).materialize(theta, weight);
  return weight;
}

describe.each([
  ["spectral-norm", spectralNorm, (w: Float64Array, n: number) => singularValues(w, n, n)[0]],
  ["spectral-radius", spectralRadius, (w: Float64Array, n: number) => radiusOf(w, n)],
] as const)("%s", (_, create, size) => {
  it("holds its bound, clips only what is larger, and normalizes both", () => {
    for (const n of [6, 64]) {
      const [large, small] = [gaussian(n, 1), gaussian(n, 0.1 / Math.sqrt(n))];
      expect(size(large, n)).toBeGreaterThan(1.5);
      expect(size(weightAt(create, large, n, { bound: 0.9 }), n)).toBeCloseTo(0.9, 10);
      expect(weightAt(create, small, n, { bound: 0.9 })).toEqual(small);
      expect(size(weightAt(create, small, n, { bound: 0.9, mode: "normalize" }), n)).toBeCloseTo(0.9, 10);
      expect(weightAt(create, new Float64Array(n * n), n, { mode: "normalize" })).toEqual(new Float64Array(n * n));
    }
  });

  it("has the derivative that central differences see, where it iterates", () => {
    const n = 48;
    const bound = create().bind(n, denseKernels);
    const [theta, direction, gradient] = [gaussian(n, 1), gaussian(n, 1 / n), gaussian(n, 1)];
    const loss = (by: number) => {
      const weight = new Float64Array(n * n);
      bound.materialize(
        theta.map((value, i) => value + by * direction[i]),
        weight,
      );
      return weight.reduce((sum, value, i) => sum + value * gradient[i], 0);
    };
    const difference = (loss(1e-4) - loss(-1e-4)) / 2e-4;
    loss(0);
    const pulled = new Float64Array(n * n);
    bound.pullback(gradient, pulled);
    const slope = pulled.reduce((sum, value, i) => sum + value * direction[i], 0);
    expect(Math.abs(slope)).toBeGreaterThan(1e-3);
    expect(Math.abs(slope - difference)).toBeLessThan(1e-6);
  });

  it("remembers its vectors only when told of an update", () => {
    const n = 48;
    const bound = create().bind(n, denseKernels);
    const before = structuredClone(bound.buffers);
    bound.materialize(gaussian(n, 1), new Float64Array(n * n));
    expect(bound.buffers).toEqual(before);
    bound.updated?.(new Float64Array(n * n));
    expect(bound.buffers).not.toEqual(before);
  });

  it("refuses impossible options, and a pullback before θ", () => {
    for (const bound of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => create({ bound })).toThrow(UsageError);
    expect(() => create({ mode: "clamp" as "clip" })).toThrow(/clip/);
    const bound = create().bind(2, denseKernels);
    expect(() => bound.pullback(new Float64Array(4), new Float64Array(4))).toThrow(/materialize first/);
  });
});
