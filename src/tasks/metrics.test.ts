import { describe, expect, it } from "vitest";
import { ShapeError } from "../errors.ts";
import { accuracyMetrics, normalizedSquaredErrorMetrics, squaredErrorMetrics } from "./metrics.ts";

describe("accuracyMetrics", () => {
  it("takes the first of equal logits and counts NaN as wrong", () => {
    const metrics = accuracyMetrics({ at: "last-step", size: 3 });
    const outputs = [
      [0, 0, 1], // right
      [1, 1, 0], // right: class 0 comes first
      [1, 1, 0], // wrong for class 1
      [Number.NaN, 0, 0],
      [0, Number.NaN, 0],
    ].flat();
    metrics.update(Float32Array.from(outputs), { length: 9, rows: 5, classes: Int32Array.of(2, 0, 1, 0, 0) });
    expect(metrics.result()).toEqual({ accuracy: 2 / 5 });
    metrics.update(Float64Array.of(0, 1, 0), { length: 9, rows: 1, classes: Int32Array.of(1) });
    expect(metrics.result()).toEqual({ accuracy: 3 / 6 });
  });

  it("leaves out masked steps and those before the first that counts", () => {
    const batch = {
      length: 3,
      rows: 2,
      classes: Int32Array.of(0, 0, 0, 1, 0, 1),
      mask: Float32Array.of(1, 1, 1, 1, 1, 0),
    };
    const zeros = new Float32Array(12);
    const all = accuracyMetrics({ at: "every-step", size: 2 });
    all.update(zeros, batch);
    expect(all.result()).toEqual({ accuracy: 4 / 5 });
    const late = accuracyMetrics({ at: "every-step", size: 2 }, 1);
    late.update(zeros, batch);
    expect(late.result()).toEqual({ accuracy: 2 / 3 });
  });

  it("is NaN before the first batch and refuses outputs of another shape", () => {
    const metrics = accuracyMetrics({ at: "every-step", size: 2 });
    expect(metrics.result().accuracy).toBeNaN();
    const batch = { length: 3, rows: 2, classes: new Int32Array(6) };
    expect(() => metrics.update(new Float32Array(4), batch)).toThrow(/4 values; expected 12, \[3 × 2 × 2\]/);
    expect(() => metrics.update(new Float32Array(12), { length: 3, rows: 2 })).toThrow(ShapeError);
  });
});

describe("squaredErrorMetrics", () => {
  it("averages over examples, components and unmasked steps", () => {
    const last = squaredErrorMetrics({ at: "last-step", size: 2 });
    const regression = Float32Array.of(0, 0, 1, 1);
    last.update(Float32Array.of(1, 0, 1, 3), { length: 7, rows: 2, regression });
    expect(last.result()).toEqual({ mse: 5 / 4 });
    const every = squaredErrorMetrics({ at: "every-step", size: 1 });
    const mask = Float32Array.of(1, 1, 1, 0);
    every.update(Float32Array.of(1, 0, 1, 3), { length: 2, rows: 2, regression, mask });
    expect(every.result()).toEqual({ mse: 1 / 3 });
    expect(() => last.update(new Float32Array(3), { length: 7, rows: 2, regression })).toThrow(ShapeError);
  });
});

describe("normalizedSquaredErrorMetrics", () => {
  it("divides the sums over all batches, not the batches' quotients", () => {
    const metrics = normalizedSquaredErrorMetrics({ at: "every-step", size: 1 });
    expect(metrics.result().nmse).toBeNaN();
    const batch = (...regression: number[]) => ({ length: 2, rows: 1, regression: Float32Array.from(regression) });
    metrics.update(Float32Array.of(1, 1), batch(1, 3));
    expect(metrics.result()).toEqual({ nmse: 4 / 10 });
    metrics.update(Float32Array.of(0, 0), { ...batch(1, 9), mask: Float32Array.of(1, 0) });
    expect(metrics.result().nmse).toBeCloseTo(5 / 11, 12);
    expect(() => metrics.update(new Float32Array(3), batch(1, 1))).toThrow(ShapeError);
  });
});
