import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels, eigenvalues } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { antisymmetric } from "./antisymmetric.ts";

describe("antisymmetric", () => {
  it("is M − Mᵀ − γI, with every eigenvalue at the real part −γ", () => {
    const weight = new Float64Array(9);
    antisymmetric({ gamma: 0.5 })
      .bind(3, denseKernels)
      .materialize(Float64Array.of(1, 2, 3), weight);
    expect([...weight]).toEqual([-0.5, 1, 2, -1, -0.5, 3, -2, -3, -0.5]);
    for (const real of eigenvalues(weight, 3).re) expect(real).toBeCloseTo(-0.5, 14);
  });

  it("draws entries of variance 2·std²/n", () => {
    const theta = antisymmetric({ std: 3 }).initialize(100, randomStream(1, "init"));
    const variance = theta.reduce((sum, value) => sum + value ** 2, 0) / theta.length;
    expect(Math.abs(variance / (2 * 9 * 0.01) - 1)).toBeLessThan(0.06);
  });

  it("refuses impossible options", () => {
    expect(() => antisymmetric({ gamma: Number.NaN })).toThrow(UsageError);
    expect(() => antisymmetric({ std: -1 })).toThrow(UsageError);
  });
});
