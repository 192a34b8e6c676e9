import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.ts";
import { createCell } from "../cells/registry.ts";
import { createModel, type Model } from "../nn/model.ts";
import type { Checkpoint } from "../runs/checkpoint.ts";
import { loadWeights, saveWeights } from "../runs/weights.ts";
import { copying } from "../tasks/copying.ts";
import type { Callback } from "./callback.ts";
import { evaluate } from "./evaluate.ts";
import { fit as train } from "./fit.ts";
import { csvLogger, jsonlLogger } from "./loggers.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stiefel-train-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const task = copying({ delay: 3, symbols: 2, heldOutExamples: 5 });
function model(units = 4): Model {
  const layers = [{ cell: createCell("rnn"), units }];
  return createModel({ ...task, layers }, { backend: selectBackend("reference").backend, seed: 1, threads: 1 });
}
const options = { iterations: 9, batch: 3, validateEvery: 4, optimizer: { name: "sgd", lr: 0.1 } as const };

async function logged(logger: (path: string) => Callback, file: string): Promise<string> {
  const path = join(folder, file);
  let checkpoint: Checkpoint | undefined;
  const stopped: Callback = {
    onIterationEnd(context) {
      if (context.iteration === 5) checkpoint = structuredClone(context.checkpoint());
    },
  };
  await train(model(), task, { ...options, callbacks: [logger(path), stopped] });
  const whole = readFileSync(path, "utf8");
  await train(model(), task, { ...options, callbacks: [logger(path)], resume: checkpoint });
  expect(readFileSync(path, "utf8")).toBe(whole);
  return whole;
}

describe("loggers", () => {
  it("writes a table, the same when resumed in the middle", async () => {
    const rows = (await logged((path) => csvLogger(path), "log.csv")).trimEnd().split("\n");
    expect(rows[0]).toBe("iteration,epoch,loss,gradientNorm,lr,validation_loss,validation_accuracy");
    expect(rows).toHaveLength(10);
    expect(rows[1]).toMatch(/^1,,\d\.\d+,\d\.\d+,0\.1,,$/);
    expect(rows[4]).toMatch(/^4,,\d\.\d+,\d\.\d+,0\.1,\d\.\d+,[\d.]+$/);
  });

  it("writes JSON lines, the same when resumed in the middle", async () => {
    const lines = (await logged((path) => jsonlLogger(path, { every: 2 }), "log.jsonl")).trimEnd().split("\n");
    const records = lines.map((line) => JSON.parse(line));
    expect(records.map(({ iteration }) => iteration)).toEqual([2, 4, 4, 6, 8, 8]);
    expect(records[2].validation).toEqual({ loss: expect.any(Number), accuracy: expect.any(Number) });
  });
});

describe("saveWeights and loadWeights", () => {
  it("gives back the same model", async () => {
    const trained = model();
    await train(trained, task, options);
    const file = join(folder, "weights.safetensors");
    saveWeights(trained, file);
    const loaded = model();
    loadWeights(loaded, file);
    expect(await evaluate(loaded, task, "test")).toEqual(await evaluate(trained, task, "test"));
  });

  it("refuses another model's", () => {
    const file = join(folder, "weights.safetensors");
    saveWeights(model(), file);
    expect(() => loadWeights(model(5), file)).toThrow(
      /is a Float64Array \[8,4\], the model's a floating-point \[8,5\]|\[\d+,4\]/,
    );
    expect(() => loadWeights(model(), join(folder, "nothing"))).toThrow(/nothing cannot be read/);
  });
});
