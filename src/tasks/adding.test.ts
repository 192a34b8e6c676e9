import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { adding } from "./adding.ts";
import type { Batch } from "./task.ts";

/** The steps of a row's marks and its numbers. */
function row({ length, rows, values = new Float32Array() }: Batch, index: number) {
  const numbers = Array.from({ length }, (_, t) => values[(t * rows + index) * 2]);
  const marks = Array.from({ length }, (_, t) => values[(t * rows + index) * 2 + 1]);
  return { numbers, marks, at: marks.flatMap((mark, t) => (mark === 0 ? [] : [t])) };
}

describe("adding", () => {
  it("marks one number in each part and asks for their sum", () => {
    const options = fc.record({
      length: fc.integer({ min: 3, max: 12 }),
      split: fc.constantFrom("half" as const, "floor" as const),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(options, ({ length, split, seed }) => {
        const batch = adding({ length, split, seed }).trainBatch(3, 4);
        const middle = split === "half" ? Math.floor(length / 2) : Math.floor((length - 1) / 2);
        expect(batch.values?.length).toBe(length * 4 * 2);
        for (let r = 0; r < 4; r++) {
          const { numbers, marks, at } = row(batch, r);
          expect(at.length).toBe(2);
          expect(at[0]).toBeLessThan(middle);
          expect(at[1]).toBeGreaterThanOrEqual(middle);
          expect(at.map((t) => marks[t])).toEqual([1, 1]);
          expect(numbers.every((x) => x >= 0 && x <= 1)).toBe(true);
          expect(batch.regression?.[r]).toBe(Math.fround(numbers[at[0]] + numbers[at[1]]));
        }
      }),
    );
  });

  it.each([
    ["half", 10, 5],
    ["floor", 10, 4],
  ] as const)("reaches every step of both parts, split %s", (split, length, middle) => {
    const batch = adding({ length, split }).trainBatch(0, 2000);
    const first = new Set<number>();
    const second = new Set<number>();
    for (let r = 0; r < 2000; r++) {
      const { at } = row(batch, r);
      first.add(at[0]);
      second.add(at[1]);
    }
    expect([...first].sort()).toEqual(Array.from({ length: middle }, (_, t) => t));
    expect([...second].sort()).toEqual(Array.from({ length: length - middle }, (_, t) => middle + t));
  });

  it("has mean 1 and variance 1/6, the loss of always answering 1", () => {
    const task = adding({ length: 4, heldOutExamples: 20_000 });
    const metrics = task.createMetrics();
    for (const batch of task.heldOut("test", 6000)) metrics.update(new Float32Array(batch.rows).fill(1), batch);
    expect(task.baseline).toBe(1 / 6);
    // The standard error of this mean is 0.0014.
    expect(Math.abs(metrics.result().mse - task.baseline)).toBeLessThan(0.006);
  });

  it("is a regression on two features at the last step", () => {
    const task = adding({ length: 200 });
    expect(task.input).toEqual({ kind: "dense", features: 2 });
    expect(task.output).toEqual({ loss: "mean-squared-error", size: 1, at: "last-step" });
  });

  it("refuses a length whose first part is empty", () => {
    expect(() => adding({ length: 1 })).toThrow(UsageError);
    expect(() => adding({ length: 2, split: "floor" })).toThrow(/task\.length is 2: expected at least 3/);
    expect(adding({ length: 2 }).trainBatch(0, 1).length).toBe(2);
  });
});
