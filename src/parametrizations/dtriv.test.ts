import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels, frobeniusNorm, identity, orthogonalityResidual } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { type DtrivOptions, dtriv } from "./dtriv.ts";
import { exponential } from "./exponential.ts";

const n = 9;
const count = (n * (n - 1)) / 2;

/** Ten updates by fixed steps: W and θ after each. */
function walk(options: DtrivOptions) {
  const random = randomStream(1, "steps");
  const parametrization = dtriv(options);
  const bound = parametrization.bind(n, denseKernels);
  const theta = parametrization.initialize(n, randomStream(1, "init"));
  const trace = Array.from({ length: 10 }, () => {
    for (let i = 0; i < count; i++) theta[i] += 0.1 * random.normal();
    const [before, after] = [new Float64Array(n * n), new Float64Array(n * n)];
    bound.materialize(theta, before);
    bound.updated?.(theta);
    bound.materialize(theta, after);
    expect(frobeniusNorm(after.map((value, i) => value - before[i]))).toBeLessThan(1e-13);
    return { weight: after, isZero: theta.every((value) => value === 0) };
  });
  return { trace, base: bound.buffers?.base ?? new Float64Array(0), bound, theta };
}

describe("dtriv", () => {
  it("moves its base every K updates and leaves W where it is", () => {
    expect(walk({ rebaseEvery: 1 }).trace.map(({ isZero }) => isZero)).toEqual(new Array(10).fill(true));
    const { trace, base, bound } = walk({ rebaseEvery: 4 });
    expect(trace.map(({ isZero }) => isZero)).toEqual(trace.map((_, i) => i === 3 || i === 7));
    expect(base).toEqual(trace[7].weight);
    expect(bound.buffers?.updates).toEqual(Float64Array.of(10));
  });

  it("is the exponential when it never moves", () => {
    const { trace, base, theta } = walk({ rebaseEvery: "never" });
    const weight = new Float64Array(n * n);
    exponential().bind(n, denseKernels).materialize(theta, weight);
    expect(trace[9].weight).toEqual(weight);
    expect(base).toEqual(identity(n));
  });

  it("projects the base after M re-basings", () => {
    const residualAfter = (projectEvery: number) => {
      const bound = dtriv({ rebaseEvery: 1, projectEvery }).bind(n, denseKernels);
      const base = bound.buffers?.base ?? new Float64Array(0);
      for (let i = 0; i < base.length; i++) base[i] *= 1 + 1e-6;
      const theta = new Float64Array(count);
      bound.updated?.(theta);
      bound.updated?.(theta);
      return orthogonalityResidual(base, n);
    };
    expect(residualAfter(3)).toBeGreaterThan(1e-6);
    expect(residualAfter(2)).toBeLessThan(1e-14);
  });

  it("refuses impossible options", () => {
    for (const rebaseEvery of [0, 1.5, Number.NaN, "always" as "never"]) {
      expect(() => dtriv({ rebaseEvery })).toThrow(/or "never"/);
    }
    expect(() => dtriv({ projectEvery: 0 })).toThrow(UsageError);
  });
});
