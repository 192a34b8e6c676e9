import { describe, expect, it } from "vitest";
import { denseKernels, orthogonalityResidual, singularValues } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { type SvdOptions, svd } from "./svd.ts";

const n = 8;

function squaredSingularValues(theta: Float64Array, options: SvdOptions): number[] {
  const weight = new Float64Array(n * n);
  svd(options).bind(n, denseKernels).materialize(theta, weight);
  return [...singularValues(weight, n, n)].map((value) => value ** 2).sort((a, b) => a - b);
}

describe("svd", () => {
  it.each(["exponential", "scaled-cayley"] as const)("has singular values 2m(σ(p) − ½) + 1: %s", (factors) => {
    const options = { margin: 0.3, factors } as const;
    const random = randomStream(1, "theta");
    const theta = Float64Array.from({ length: svd(options).parameterCount(n) }, () => random.normal());
    const p = [...theta.subarray(n * (n - 1))];
    const expected = p.map((value) => (0.6 * (1 / (1 + Math.exp(-value)) - 0.5) + 1) ** 2).sort((a, b) => a - b);
    squaredSingularValues(theta, options).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 12);
    });
  });

  it("starts orthogonal, and stays so without a margin", () => {
    const start = svd().initialize(n, randomStream(1, "init"));
    const weight = new Float64Array(n * n);
    svd().bind(n, denseKernels).materialize(start, weight);
    expect(orthogonalityResidual(weight, n)).toBeLessThan(1e-13);
    const random = randomStream(2, "theta");
    for (const value of squaredSingularValues(
      start.map(() => random.normal()),
      { margin: 0 },
    )) {
      expect(value).toBeCloseTo(1, 12);
    }
  });

  it("refuses impossible options", () => {
    for (const margin of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => svd({ margin })).toThrow(/margin/);
    expect(() => svd({ factors: "cayley" as "exponential" })).toThrow(/scaled-cayley/);
  });
});
