import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { adding } from "./adding.ts";
import { copying } from "./copying.ts";
import { systemIdentification } from "./system-identification.ts";
import type { Batch, Task } from "./task.ts";

const small = { delay: 3, symbols: 4 };
const makers: [string, (options: { seed: number; trainingExamples?: number; heldOutExamples?: number }) => Task][] = [
  ["copying", (options) => copying({ ...small, ...options })],
  ["adding", (options) => adding({ length: 9, ...options })],
  ["system-identification", (options) => systemIdentification({ length: 9, units: 3, ...options })],
];

/** The examples of a batch as strings, row by row, inputs and targets. */
function examples(batch: Batch): string[] {
  const { length, rows } = batch;
  const inputs = batch.symbols ?? batch.values ?? [];
  const targets = batch.classes ?? batch.regression ?? [];
  const width = inputs.length / (length * rows);
  return Array.from({ length: rows }, (_, row) => {
    const x = Array.from(
      { length: length * width },
      (_, i) => inputs[(Math.floor(i / width) * rows + row) * width + (i % width)],
    );
    const size = batch.regression === undefined ? 1 : Math.max(1, Math.floor(targets.length / (length * rows)));
    const y = Array.from(
      { length: targets.length / rows },
      (_, i) => targets[(Math.floor(i / size) * rows + row) * size + (i % size)],
    );
    return `${x}|${y}`;
  });
}
const heldOut = (task: Task, split: "validation" | "test", rows: number) =>
  [...task.heldOut(split, rows)].flatMap(examples);

describe.each(makers)("the data of %s", (_, make) => {
  it("follow from seed and iteration", () => {
    const seeds = fc.integer();
    fc.assert(
      fc.property(seeds, fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, iteration, rows) => {
        const task = make({ seed });
        const first = examples(task.trainBatch(iteration, rows));
        task.trainBatch(iteration + 1, rows);
        expect(examples(task.trainBatch(iteration, rows))).toEqual(first);
        expect(examples(make({ seed }).trainBatch(iteration, rows))).toEqual(first);
      }),
    );
    expect(examples(make({ seed: 1 }).trainBatch(0, 5))).not.toEqual(examples(make({ seed: 2 }).trainBatch(0, 5)));
    expect(examples(make({ seed: 1 }).trainBatch(0, 5))).not.toEqual(examples(make({ seed: 1 }).trainBatch(1, 5)));
  });

  it("are written into the buffers given, whatever these held", () => {
    const task = make({ seed: 1 });
    const into = task.trainBatch(0, 6);
    const fresh = examples(task.trainBatch(1, 6));
    const reused = task.trainBatch(1, 6, into);
    expect(examples(reused)).toEqual(fresh);
    expect(reused.symbols ?? reused.values).toBe(into.symbols ?? into.values);
    const shorter = task.trainBatch(2, 4, into);
    expect((shorter.symbols ?? shorter.values)?.buffer).toBe((into.symbols ?? into.values)?.buffer);
    expect(examples(shorter)).toEqual(examples(task.trainBatch(2, 4)));
    expect(examples(task.trainBatch(2, 8, into))).toEqual(examples(task.trainBatch(2, 8)));
  });

  it("hold out the same examples for any number of rows, apart from each other and from training", () => {
    const task = make({ seed: 3, heldOutExamples: 50 });
    expect(task.heldOutSize).toEqual({ validation: 50, test: 50 });
    const test = heldOut(task, "test", 50);
    const validation = heldOut(task, "validation", 50);
    expect(test.length).toBe(50);
    expect(heldOut(task, "test", 7)).toEqual(test);
    expect([...task.heldOut("test", 20)].map((batch) => batch.rows)).toEqual([20, 20, 10]);
    const training = examples(task.trainBatch(0, 50));
    const fixed = examples(make({ seed: 3, trainingExamples: 50 }).trainBatch(0, 50));
    const shared = (a: string[], b: string[]) => a.filter((example) => b.includes(example)).length;
    // Four symbols of eight give 4096 sequences, so a few coincide by chance; from equal streams all 50 would.
    for (const others of [validation, training, fixed]) expect(shared(test, others)).toBeLessThan(5);
    expect(shared(validation, training)).toBeLessThan(5);
  });

  it("are a fixed training set in epochs when asked to", () => {
    const task = make({ seed: 4, trainingExamples: 25 });
    expect(task.epochSize).toBe(25);
    const epoch = (first: number) => [0, 1, 2].map((i) => task.trainBatch(first + i, 10));
    expect(epoch(0).map((batch) => batch.rows)).toEqual([10, 10, 5]);
    const firstEpoch = epoch(0).flatMap(examples);
    const thirdEpoch = epoch(6).flatMap(examples);
    expect(thirdEpoch).not.toEqual(firstEpoch);
    expect([...thirdEpoch].sort()).toEqual([...firstEpoch].sort());
    expect(epoch(0).flatMap(examples)).toEqual(firstEpoch);
    expect(task.trainBatch(0, 100).rows).toBe(25);
    expect(make({ seed: 4 }).epochSize).toBeUndefined();
  });

  it("refuse impossible batches", () => {
    for (const task of [make({ seed: 1 }), make({ seed: 1, trainingExamples: 5 })]) {
      expect(() => task.trainBatch(0, 0)).toThrow(UsageError);
      expect(() => task.trainBatch(-1, 1)).toThrow(UsageError);
      expect(() => [...task.heldOut("test", 1.5)]).toThrow(UsageError);
    }
  });
});
