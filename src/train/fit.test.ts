import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.ts";
import { createCell } from "../cells/registry.ts";
import { NonFiniteError, RunError, UsageError } from "../errors.ts";
import { createModel, type Model } from "../nn/model.ts";
import { type Checkpoint, encodeCheckpoint, parseCheckpoint } from "../runs/checkpoint.ts";
import { adding } from "../tasks/adding.ts";
import { copying } from "../tasks/copying.ts";
import type { Task } from "../tasks/task.ts";
import type { Callback } from "./callback.ts";
import { earlyStopping } from "./early-stopping.ts";
import { evaluate, predict } from "./evaluate.ts";
import { type FitOptions, fit as train } from "./fit.ts";
import type { OptimizerConfig } from "./optimizer-config.ts";

const { backend } = selectBackend("reference");

function modelFor(task: Task, { cell = "scornn", units = 5, seed = 3 } = {}): Model {
  const layers = [{ cell: createCell(cell), units }];
  return createModel({ input: task.input, output: task.output, layers }, { backend, seed, threads: 1 });
}

const rmsprop: OptimizerConfig = { name: "rmsprop", preset: "tensorflow", lr: 1e-2, recurrent: { lr: 1e-3 } };

/** Trains to the end; with `cut` in two parts, through the bytes of a checkpoint, in a model made anew. */
async function run(task: Task, options: () => FitOptions, cut?: number) {
  const losses: number[] = [];
  const lastBytes: Uint8Array[] = [];
  const part = async (until: number | undefined, resume: Checkpoint | undefined) => {
    const abort = new AbortController();
    let saved: Uint8Array | undefined;
    const recorder: Callback = {
      onBatchEnd: (_, { loss }) => void losses.push(loss),
      onIterationEnd({ iteration }) {
        if (iteration === until) abort.abort();
      },
      onTrainEnd(context) {
        saved = encodeCheckpoint(context.checkpoint());
      },
    };
    const given = options();
    const callbacks = [...(given.callbacks ?? []), recorder];
    const history = await train(modelFor(task), task, { ...given, callbacks, signal: abort.signal, resume });
    lastBytes.push(saved as Uint8Array);
    return history;
  };
  let history = await part(cut, undefined);
  if (cut !== undefined) {
    expect(history.reason).toBe("aborted");
    losses.length = Math.min(losses.length, cut);
    history = await part(undefined, parseCheckpoint(lastBytes[0], "checkpoint"));
  }
  return { losses, bytes: lastBytes.at(-1), loss: history.loss, reason: history.reason };
}

describe("fit", () => {
  it("learns", async () => {
    const task = copying({ delay: 2, symbols: 2, alphabet: 2, seed: 1 });
    const history = await train(modelFor(task, { units: 12 }), task, {
      iterations: 200,
      batch: 8,
      optimizer: { name: "adam", lr: 0.02 },
    });
    expect(history.reason).toBe("finished");
    expect(history.losses).toHaveLength(200);
    expect(history.loss).toBeLessThan(0.5 * task.baseline);
    expect(history.stepMs).toBeGreaterThan(0);
  });

  const fresh = copying({ delay: 3, symbols: 2, seed: 5, heldOutExamples: 6 });
  /** 20 rows in batches of 8: the last of an epoch is short. */
  const epochs = adding({ length: 6, trainingExamples: 20, heldOutExamples: 7, seed: 2 });
  const trainings: [string, Task, number, () => FitOptions][] = [
    [
      "fresh data, groups, clipping and a schedule",
      fresh,
      17,
      () => ({
        iterations: 17,
        batch: 4,
        optimizer: rmsprop,
        clip: { globalNorm: 0.1, elementwise: 0.05 },
        schedule: { name: "cosine", warmup: 3 } as NonNullable<FitOptions["schedule"]>,
        validateEvery: 5,
      }),
    ],
    [
      "epochs with a short last batch",
      epochs,
      15,
      () => ({ epochs: 5, batch: 8, optimizer: { name: "adam", lr: 0.05 } }),
    ],
    [
      "early stopping",
      epochs,
      8,
      () => ({
        epochs: 100,
        batch: 8,
        optimizer: { name: "sgd", lr: 0.3, momentum: 0.9 },
        callbacks: [earlyStopping({ patience: 2, monitor: "mse" })],
      }),
    ],
  ];
  it.each(trainings)("gives the same bits when interrupted and resumed: %s", async (_, task, length, options) => {
    const whole = await run(task, options);
    expect(whole.losses.length).toBeGreaterThanOrEqual(length - 5);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: Math.min(length, whole.losses.length) - 1 }), async (cut) => {
        const resumed = await run(task, options, cut);
        expect(resumed.losses).toEqual(whole.losses);
        expect(resumed.loss).toBe(whole.loss);
        expect(resumed.reason).toBe(whole.reason);
        expect(resumed.bytes).toEqual(whole.bytes);
      }),
      { numRuns: 8 },
    );
  });

  it("calls the hooks in their order", async () => {
    const calls: string[] = [];
    const hook = (name: string) => (context: { iteration: number }) => void calls.push(`${name} ${context.iteration}`);
    const callback: Callback = {
      onTrainBegin: hook("begin"),
      onBatchEnd: hook("batch"),
      onValidation: hook("validation"),
      onEpochEnd: hook("epoch"),
      onIterationEnd: hook("iteration"),
      onTrainEnd: hook("end"),
    };
    await train(modelFor(epochs), epochs, { epochs: 1, batch: 10, optimizer: rmsprop, callbacks: [callback] });
    expect(calls).toEqual([
      "begin 0",
      "batch 1",
      "iteration 1",
      "batch 2",
      "validation 2",
      "epoch 2",
      "iteration 2",
      "end 2",
    ]);
  });

  it("leaves a group with learning rate 0 alone, and takes groups by role and by name", async () => {
    const model = modelFor(fresh);
    const before = new Map(model.parameters.map(({ name, values }) => [name, values.slice()]));
    await train(model, fresh, {
      iterations: 3,
      batch: 2,
      optimizer: { name: "sgd", lr: 1, recurrent: { lr: 0 }, groups: [{ match: "head", lr: 0 }] },
    });
    const moved = model.parameters.filter(({ name, values }) =>
      before.get(name)?.some((value, i) => value !== values[i]),
    );
    expect(moved.map(({ role }) => role).sort()).toEqual(["input", "vector"]);
  });

  it("stops early with the best parameters", async () => {
    const values = [3, 1, 2, 2.5, 0];
    const task: Task = { ...fresh, createMetrics: () => ({ update() {}, result: () => ({ score: values[seen++] }) }) };
    let seen = 0;
    const model = modelFor(task);
    const theta = model.parameters[0].values;
    const snapshots: ArrayLike<number>[] = [];
    const history = await train(model, task, {
      iterations: 50,
      batch: 2,
      validateEvery: 3,
      optimizer: rmsprop,
      callbacks: [
        { onValidation: () => void snapshots.push(theta.slice()) },
        earlyStopping({ patience: 2, monitor: "score" }),
      ],
    });
    expect(history.reason).toBe("stopped");
    expect(history.stopReason).toMatch(/validation score has not improved in 2 validations.*best at iteration 6/);
    expect(history.iteration).toBe(12);
    expect(theta).toEqual(snapshots[1]);
    expect(theta).not.toEqual(snapshots[3]);
  });

  it("says which metrics early stopping can watch", async () => {
    const callbacks = [earlyStopping({ monitor: "acuracy" })];
    const training = train(modelFor(fresh), fresh, { iterations: 2, validateEvery: 1, optimizer: rmsprop, callbacks });
    await expect(training).rejects.toThrow(/monitors "acuracy", but validation gives loss, accuracy/);
  });

  it("stops at a loss that is not finite, naming iteration, layer and time step, and the way out", async () => {
    const model = modelFor(fresh);
    const reasons: string[] = [];
    const spoil: Callback = {
      onIterationEnd({ iteration }) {
        if (iteration === 3)
          model.parameters.find(({ role }) => role === "vector")?.values.fill(Number.POSITIVE_INFINITY);
      },
      onTrainEnd: (_, reason) => void reasons.push(reason),
    };
    const training = train(model, fresh, { iterations: 9, batch: 2, optimizer: rmsprop, callbacks: [spoil] });
    await expect(training).rejects.toThrow(NonFiniteError);
    await expect(training).rejects.toThrow(
      /^Iteration 4: The loss is .*layer 0.*time step 1 of 7.*(--set optimizer\.lr=).*(--set clip\.globalNorm=1)/,
    );
    expect(reasons).toEqual(["failed"]);
  });

  it("says which step was too large for the parametrization or the loss", async () => {
    const optimizer: OptimizerConfig = { name: "sgd", lr: 1e160 };
    const solving = train(modelFor(epochs), epochs, { iterations: 9, batch: 2, optimizer });
    await expect(solving).rejects.toThrow(/^Iteration 2: .*singular.*--set optimizer\.lr=/);
    const free = train(modelFor(epochs, { cell: "lstm" }), epochs, { iterations: 9, batch: 2, optimizer });
    await expect(free).rejects.toThrow(/^Iteration 2: The loss is Infinity.*--set optimizer\.lr=/);
  });

  it("names the gradient that is not finite", async () => {
    const model = modelFor(fresh);
    const broken = Object.create(model, {
      gradient: {
        value(batch: Parameters<Model["gradient"]>[0]) {
          const result = model.gradient(batch);
          model.parameters[1].gradient[0] = Number.NaN;
          return result;
        },
      },
    }) as Model;
    const before = model.parameters[0].values.slice();
    const training = train(broken, fresh, { iterations: 2, batch: 2, optimizer: rmsprop });
    await expect(training).rejects.toThrow(
      new RegExp(`norm is NaN; the first such gradient is that of "${model.parameters[1].name}"`),
    );
    expect(model.parameters[0].values).toEqual(before);
  });

  it("refuses to save parameters that are not finite", async () => {
    const model = modelFor(fresh);
    const training = train(model, fresh, {
      iterations: 1,
      optimizer: rmsprop,
      callbacks: [
        {
          onIterationEnd(context) {
            model.parameters[0].values[0] = Number.POSITIVE_INFINITY;
            context.checkpoint();
          },
        },
      ],
    });
    await expect(training).rejects.toThrow(/Parameter ".*" became Infinity by update 1/);
  });

  it("serves timers while it trains", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 120);
    const options = { iterations: 1e6, batch: 2, optimizer: rmsprop, signal: abort.signal };
    const history = await train(modelFor(fresh), fresh, options);
    expect(history.reason).toBe("aborted");
    expect(history.iteration).toBeGreaterThan(0);
  });

  it.each([
    [{ optimizer: rmsprop }, /give iterations or epochs/],
    [{ optimizer: rmsprop, iterations: 0 }, /iterations is 0/],
    [{ optimizer: rmsprop, iterations: 1, epochs: 1 }, /both 1 iterations and 1 epochs/],
    [{ optimizer: rmsprop, epochs: 1 }, /has no epochs: give iterations/],
    [{ optimizer: rmsprop, iterations: 1, batch: 1.5 }, /batch is 1.5/],
    [
      { optimizer: { name: "sgd", lr: 1, state: { lr: 2 } } as OptimizerConfig, iterations: 1 },
      /optimizer.state has no parameter/,
    ],
  ])("refuses options that mean nothing: %o", async (options, message) => {
    await expect(train(modelFor(fresh), fresh, options)).rejects.toThrow(UsageError);
    await expect(train(modelFor(fresh), fresh, options)).rejects.toThrow(message);
  });

  it("refuses the checkpoint of another model", async () => {
    const { bytes } = await run(fresh, () => ({ iterations: 2, batch: 2, optimizer: rmsprop }));
    const resume = parseCheckpoint(bytes as Uint8Array, "x");
    const other = modelFor(fresh, { units: 6 });
    const training = train(other, fresh, { iterations: 4, batch: 2, optimizer: rmsprop, resume });
    await expect(training).rejects.toThrow(RunError);
    await expect(training).rejects.toThrow(/the model's a Float64Array \[/);
  });
});

describe("evaluate and predict", () => {
  it("gives the mean over a split whatever the rows at a time", async () => {
    const task = adding({ length: 5, heldOutExamples: 7 });
    const model = modelFor(task);
    const whole = await evaluate(model, task, "test", { batch: 7 });
    const parts = await evaluate(model, task, "test", { batch: 3 });
    expect(parts.loss).toBeCloseTo(whole.loss, 12);
    expect(parts.mse).toBeCloseTo(whole.loss, 6);
  });

  it("predicts an answer for each row", () => {
    const task = adding({ length: 5 });
    expect(predict(modelFor(task), task.trainBatch(0, 4))).toHaveLength(4);
  });

  it("says when there is no such split", async () => {
    const task: Task = { ...copying({ delay: 3, symbols: 2 }), heldOutSize: { validation: 0, test: 5 } };
    await expect(evaluate(modelFor(task), task, "validation")).rejects.toThrow(
      /has no validation split here. Use the test/,
    );
  });
});
