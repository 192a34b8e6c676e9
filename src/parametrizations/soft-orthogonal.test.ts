import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { softOrthogonal } from "./soft-orthogonal.ts";

describe("softOrthogonal", () => {
  it("penalises λ‖WᵀW − I‖², nothing where it starts", () => {
    const n = 2;
    const parametrization = softOrthogonal({ strength: 0.5 });
    const bound = parametrization.bind(n, denseKernels);
    const gradient = Float64Array.of(1, 1, 1, 1);
    expect(() => bound.penalty?.(gradient)).toThrow(/materialize first/);
    bound.materialize(Float64Array.of(2, 0, 0, 1), new Float64Array(4));
    expect(bound.penalty?.(gradient)).toBe(0.5 * 9);
    expect([...gradient]).toEqual([1 + 4 * 0.5 * 2 * 3, 1, 1, 1]);
    bound.materialize(parametrization.initialize(n, randomStream(1, "init")), new Float64Array(4));
    expect(bound.penalty?.(gradient)).toBeLessThan(1e-28);
  });

  it("refuses impossible strengths", () => {
    for (const strength of [-1, Number.NaN]) expect(() => softOrthogonal({ strength })).toThrow(UsageError);
  });
});
