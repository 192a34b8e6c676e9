import { describe, expect, it } from "vitest";
import { denseKernels, expm, orthogonalityResidual } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { exponential } from "./exponential.ts";
import { fillSkew } from "./skew.ts";

describe("exponential", () => {
  it("is exp(A), and starts as plane rotations by the drawn angles", () => {
    const n = 5;
    const map = exponential();
    const bound = map.bind(n, denseKernels);
    const theta = map.initialize(n, randomStream(1, "init"));
    const weight = new Float64Array(n * n);
    bound.materialize(theta, weight);
    for (const [plane, at] of [
      [0, 0],
      [2, 7],
    ] as const) {
      const angle = theta[at];
      expect(Math.abs(angle)).toBeGreaterThan(0);
      expect(Math.abs(angle)).toBeLessThan(Math.PI);
      expect(weight[plane * n + plane]).toBeCloseTo(Math.cos(angle), 14);
      expect(weight[plane * n + plane + 1]).toBeCloseTo(Math.sin(angle), 14);
      expect(weight[(plane + 1) * n + plane]).toBeCloseTo(-Math.sin(angle), 14);
    }
    expect(weight[n * n - 1]).toBeCloseTo(1, 15);

    const random = randomStream(1, "theta");
    const dense = theta.map(() => random.normal());
    const a = new Float64Array(n * n);
    fillSkew(a, dense, n, 0);
    bound.materialize(dense, weight);
    expm(a, n).forEach((value, i) => {
      expect(weight[i]).toBeCloseTo(value, 13);
    });
  });

  it("stays orthogonal to 1e-13 after many squarings", () => {
    const n = 24;
    const random = randomStream(1, "large");
    const theta = Float64Array.from({ length: (n * (n - 1)) / 2 }, () => 1e5 * random.normal());
    const weight = new Float64Array(n * n);
    exponential().bind(n, denseKernels).materialize(theta, weight);
    expect(orthogonalityResidual(weight, n)).toBeLessThan(1e-13);
  });

  it("needs θ before it pulls back", () => {
    const bound = exponential().bind(2, denseKernels);
    expect(() => bound.pullback(new Float64Array(4), new Float64Array(1))).toThrow(/materialize first/);
  });
});
