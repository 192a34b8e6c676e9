import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataDirectory } from "../data/directory.ts";
import type { Mnist } from "../data/mnist.ts";
import { writeMnist } from "../data/mnist-fixture.ts";
import { DataError, UsageError } from "../errors.ts";
import { randomStatePermutation } from "../random/mt19937.ts";
import { pixelMnist } from "./pixel-mnist.ts";
import type { Batch, Task } from "./task.ts";

let directory: string;
let written: Mnist;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "stiefel-pixel-mnist-"));
  written = writeMnist(directory, { train: 30, test: 11, format: "gzip" });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The grey levels of a row, in the order of the steps. */
const levels = ({ rows, values = new Float32Array() }: Batch, row: number) =>
  Array.from({ length: 784 }, (_, t) => Math.round(values[t * rows + row] * 255));
const image = (from: Mnist["train"], index: number) => Array.from(from.images.subarray(index * 784, (index + 1) * 784));
/** Which training image each row shows. */
const shown = (batch: Batch) =>
  Array.from({ length: batch.rows }, (_, row) => {
    const found = `${levels(batch, row)}`;
    const index = Array.from({ length: 30 }, (_, i) => i).find((i) => `${image(written.train, i)}` === found) ?? -1;
    expect(batch.classes?.[row]).toBe(written.train.labels[index]);
    return index;
  });
const epoch = (task: Task, number: number) => [0, 1, 2].flatMap((i) => shown(task.trainBatch(3 * number + i, 10)));

describe("pixelMnist", () => {
  it("keeps the first training images for validation and the test images in order", () => {
    const task = pixelMnist({ directory, validation: 5 });
    expect(task).toMatchObject({ length: 784, epochSize: 25, heldOutSize: { validation: 5, test: 11 } });
    expect(task.input).toEqual({ kind: "dense", features: 1 });
    expect(task.output).toEqual({ loss: "cross-entropy", size: 10, at: "last-step" });
    expect(task.baseline).toBe(Math.log(10));
    expect([...task.heldOut("validation", 2)].flatMap(shown)).toEqual([0, 1, 2, 3, 4]);
    const test = [...task.heldOut("test", 4)];
    expect(test.map((batch) => batch.rows)).toEqual([4, 4, 3]);
    expect(levels(test[2], 2)).toEqual(image(written.test, 10));
    expect(test.flatMap((batch) => Array.from(batch.classes ?? []))).toEqual(Array.from(written.test.labels));
  });

  it("shows every other training image once an epoch, in a new order each time", () => {
    const task = pixelMnist({ directory, validation: 5, seed: 2 });
    const first = epoch(task, 0);
    const second = epoch(task, 1);
    const all = Array.from({ length: 25 }, (_, i) => 5 + i);
    expect([...first].sort((a, b) => a - b)).toEqual(all);
    expect([...second].sort((a, b) => a - b)).toEqual(all);
    expect(second).not.toEqual(first);
    expect(epoch(task, 0)).toEqual(first);
    expect(epoch(pixelMnist({ directory, validation: 5, seed: 2 }), 1)).toEqual(second);
    expect(epoch(pixelMnist({ directory, validation: 5, seed: 3 }), 0)).not.toEqual(first);
    expect(task.trainBatch(2, 10).rows).toBe(5);
  });

  it("goes through RandomState(92916)'s permutation when permuted", () => {
    const [first] = pixelMnist({ directory, validation: 0, permuted: true }).heldOut("test", 1);
    const pixels = image(written.test, 0);
    expect(levels(first, 0).slice(0, 6)).toEqual([319, 576, 323, 107, 355, 716].map((p) => pixels[p]));
    expect(levels(first, 0)).toEqual(Array.from(randomStatePermutation(92916, 784), (p) => pixels[p]));
    const [other] = pixelMnist({ directory, validation: 0, permuted: true, permutationSeed: 1 }).heldOut("test", 1);
    expect(levels(other, 0)).not.toEqual(levels(first, 0));
  });

  it("divides grey levels by 255, to the bit", () => {
    const [{ values = [] }] = pixelMnist({ directory, validation: 0 }).heldOut("test", 1);
    expect(Array.from(values)).toEqual(image(written.test, 0).map((level) => Math.fround(level / 255)));
    for (let level = 0; level < 256; level++) expect(Math.fround(level * (1 / 255))).toBe(Math.fround(level / 255));
    const [raw] = pixelMnist({ directory, validation: 0, scale: 1 }).heldOut("test", 1);
    expect(Array.from(raw.values ?? [])).toEqual(image(written.test, 0));
  });

  it("overwrites the buffers of an earlier batch", () => {
    const task = pixelMnist({ directory, validation: 5 });
    const into = task.trainBatch(0, 10);
    const next = task.trainBatch(1, 10, into);
    expect(next.values).toBe(into.values);
    expect(shown(next)).toEqual(shown(task.trainBatch(1, 10)));
    expect(shown(task.trainBatch(2, 10, into))).toEqual(shown(task.trainBatch(2, 10)));
  });

  it("says what is wrong with its options and files", () => {
    expect(() => pixelMnist({ directory, validation: 30 })).toThrow(/task\.validation is 30.*30 training images/);
    expect(() => pixelMnist({ directory, validation: -1 })).toThrow(UsageError);
    expect(() => pixelMnist({ directory, permutationSeed: 2 ** 32 })).toThrow(UsageError);
    expect(() => pixelMnist({ directory: join(directory, "none") })).toThrow(DataError);
    const task = pixelMnist({ directory, validation: 0 });
    expect([...task.heldOut("validation", 3)]).toEqual([]);
    expect(() => task.trainBatch(0, 0)).toThrow(UsageError);
    expect(() => [...task.heldOut("test", 0)]).toThrow(UsageError);
  });
});

describe("the real files", () => {
  const real = [dataDirectory(), "../shared/data"].find((dir) => existsSync(join(dir, "mnist")));
  it.skipIf(real === undefined)(`give the published split${real === undefined ? " (skipped: no data)" : ""}`, () => {
    const task = pixelMnist({ directory: real, permuted: true });
    expect([task.epochSize, task.heldOutSize]).toEqual([55_000, { validation: 5000, test: 10_000 }]);
    const [validation] = task.heldOut("validation", 10);
    expect(Array.from(validation.classes ?? [])).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    const [test] = task.heldOut("test", 10);
    expect(Array.from(test.classes ?? [])).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    expect(task.trainBatch(Math.ceil(55_000 / 128) - 1, 128).rows).toBe(55_000 % 128);
  });
});
