import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels } from "../linalg/index.ts";
import { symmetricSkew } from "./symmetric-skew.ts";

describe("symmetricSkew", () => {
  it("is β(M − Mᵀ) + (1 − β)(M + Mᵀ) − γI", () => {
    const m = Float64Array.of(1, 2, 3, 4);
    const weight = new Float64Array(4);
    symmetricSkew({ beta: 0.75, gamma: 0.25 }).bind(2, denseKernels).materialize(m, weight);
    expect([...weight]).toEqual([0.25, 0.75 * (2 - 3) + 0.25 * 5, 0.75 * (3 - 2) + 0.25 * 5, 1.75]);
  });

  it("refuses impossible options", () => {
    for (const beta of [-0.1, 1.1, Number.NaN]) expect(() => symmetricSkew({ beta })).toThrow(/from 0 to 1/);
    expect(() => symmetricSkew({ gamma: Number.POSITIVE_INFINITY })).toThrow(UsageError);
  });
});
