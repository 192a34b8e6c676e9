import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { copying } from "./copying.ts";
import type { Batch } from "./task.ts";

const column = (array: Int32Array | undefined, { length, rows }: Batch, row: number) =>
  Array.from({ length }, (_, t) => array?.[t * rows + row]);

describe("copying", () => {
  it.each([
    ["after-marker", 5],
    ["at-marker", 6],
  ] as const)("lays out %s step by step", (timing, marker) => {
    const task = copying({ delay: 4, symbols: 2, alphabet: 3, timing, seed: 5 });
    expect(task).toMatchObject({ name: "copying", length: 8, input: { kind: "symbols", classes: 5 } });
    expect(task.output).toEqual({ loss: "cross-entropy", size: 4, at: "every-step" });
    const batch = task.trainBatch(0, 3);
    expect([batch.length, batch.rows, batch.symbols?.length, batch.classes?.length]).toEqual([8, 3, 24, 24]);
    for (let row = 0; row < 3; row++) {
      const x = column(batch.symbols, batch, row);
      const [a, b] = x;
      const expected = [a, b, 0, 0, 0, 0, 0, 0];
      expected[marker] = 4;
      expect(x).toEqual(expected);
      expect(column(batch.classes, batch, row)).toEqual([0, 0, 0, 0, 0, 0, a, b]);
    }
  });

  it("has T + 20 steps, T − 1 blanks before the marker and ten after it by default", () => {
    const task = copying({ delay: 1000 });
    const batch = task.trainBatch(0, 1);
    expect(task.length).toBe(1020);
    const x = column(batch.symbols, batch, 0);
    expect(x.indexOf(9)).toBe(1009);
    expect(x.slice(10, 1009).every((symbol) => symbol === 0)).toBe(true);
    expect(x.slice(1010)).toEqual(new Array(10).fill(0));
    expect(column(batch.classes, batch, 0).slice(1010)).toEqual(x.slice(0, 10));
  });

  it.each([
    [100, 0.17329],
    [200, 0.09452],
    [300, 0.06498],
    [500, 0.03999],
    [1000, 0.020387],
    [2000, 0.010294],
  ])("has the published baseline at T = %i", (delay, baseline) => {
    expect(Math.abs(copying({ delay }).baseline - baseline)).toBeLessThan(5e-6);
  });

  it("draws the symbols uniformly", () => {
    const { symbols = new Int32Array() } = copying({ delay: 1, symbols: 10, alphabet: 8 }).trainBatch(0, 4000);
    const counts = new Array<number>(9).fill(0);
    for (const symbol of symbols.subarray(0, 40_000)) counts[symbol]++;
    expect(counts[0]).toBe(0);
    // χ² of 7 degrees of freedom: 29.9 is exceeded once in 10⁴ draws; the seed is fixed.
    const chiSquared = counts.slice(1).reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    expect(chiSquared).toBeLessThan(29.9);
  });

  it("counts the recall steps only", () => {
    const task = copying({ delay: 3, symbols: 2, alphabet: 2, seed: 1 });
    const batch = task.trainBatch(0, 4);
    const logits = new Float32Array(7 * 4 * 3);
    // Right at one of the two recall steps of every row, wrong everywhere else.
    for (let i = 0; i < 28; i++) {
      const target = batch.classes?.[i] ?? 0;
      logits[i * 3 + (i >= 24 ? target : (target + 1) % 3)] = 1;
    }
    const metrics = task.createMetrics();
    metrics.update(logits, batch);
    expect(metrics.result()).toEqual({ accuracy: 0.5 });
  });

  it("refuses impossible options", () => {
    expect(() => copying({ delay: 0 })).toThrow(UsageError);
    expect(() => copying({ delay: 1.5 })).toThrow(/task\.delay is 1\.5/);
    expect(() => copying({ alphabet: 1 })).toThrow(/task\.alphabet is 1/);
  });
});
