import { NonFiniteError, SingularMatrixError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { clipElementwise, clipGlobalNorm } from "../optim/clipping.ts";
import type { ScheduleSpec } from "../optim/registry.ts";
import type { Checkpoint } from "../runs/checkpoint.ts";
import type { Batch, Task } from "../tasks/task.ts";
import { Breather } from "./breather.ts";
import { type Callback, type EndReason, notify, type TrainingContext, type ValidationResult } from "./callback.ts";
import { evaluate } from "./evaluate.ts";
import { LossWindow } from "./loss-window.ts";
import { median } from "./median.ts";
import { createOptimizer, type OptimizerConfig } from "./optimizer-config.ts";
import { type Trainable, trainedParameters } from "./trainable.ts";
import { countIterations, defaultBatch, requireWhole } from "./training-length.ts";
import { calmer, restoreTrainingState, saveTrainingState, type TrainingState } from "./training-state.ts";

export interface FitOptions {
  /** How long to train: updates, or passes over the task's training examples. Give one of them. */
  readonly iterations?: number | undefined;
  readonly epochs?: number | undefined;
  /** Rows of a batch. Default 32. */
  readonly batch?: number | undefined;
  readonly optimizer: OptimizerConfig;
  /** The gradient's global norm is limited first, then each of its entries. */
  readonly clip?: { readonly globalNorm?: number | undefined; readonly elementwise?: number | undefined } | undefined;
  /** Factor on all learning rates; without `iterations` of its own it spans the whole training. */
  readonly schedule?: ScheduleSpec | undefined;
  /** Validate every so many updates. Default: after each epoch, or never when the task has none. */
  readonly validateEvery?: number | undefined;
  readonly callbacks?: readonly Callback[];
  /** Ends training after the current iteration. */
  readonly signal?: AbortSignal | undefined;
  /** Goes on from a checkpoint of the same training, to the same bits as if it had never stopped. */
  readonly resume?: Checkpoint | undefined;
}

/** What a call of `fit` did. */
export interface History {
  /** Updates done in all, those before a resumption included. */
  readonly iteration: number;
  /** Mean loss of the last 5 % of all iterations. */
  readonly loss: number;
  /** Loss of each update of this call. */
  readonly losses: Float64Array;
  readonly validation: readonly ValidationResult[];
  readonly reason: EndReason;
  /** What a callback gave as the reason to stop. */
  readonly stopReason: string | undefined;
  /** Wall-clock seconds of this call. */
  readonly seconds: number;
  /** Median milliseconds of one step: batch, forward, backward, clipping, update. NaN without a step. */
  readonly stepMs: number;
}

/**
 * Trains a model on a task: one batch, its gradient by backpropagation through time, clipping and an update per iteration.
 * Equal arguments give equal bits, also when training is interrupted and resumed from a checkpoint. The event loop is
 * served at least every 50 ms or every step. Nothing grows with the number of iterations but `losses`.
 *
 * @throws NonFiniteError when a loss, gradient or parameter becomes NaN or infinite, naming where and when
 * @throws SingularMatrixError when the parameters of a parametrization grew beyond what it can solve, naming when
 * @throws UsageError for options out of range
 */
export async function fit(model: Trainable, task: Task, options: FitOptions): Promise<History> {
  const loop = new Loop(model, task, options);
  return loop.run();
}

class Loop {
  private readonly task: Task;
  private readonly options: FitOptions;
  private readonly rows: number;
  private readonly iterations: number;
  private readonly state: TrainingState;
  private readonly context: TrainingContext;
  private readonly gradientList: readonly FloatArray[];
  private readonly gradients: Readonly<Record<string, FloatArray>>;
  private readonly validation: ValidationResult[] = [];
  private stopReason: string | undefined;
  /** Arrays of the largest batch so far, written over by the next. */
  private buffers: Batch | undefined;

  constructor(model: Trainable, task: Task, options: FitOptions) {
    const { batch = defaultBatch, optimizer, schedule, callbacks = [] } = options;
    this.task = task;
    this.options = options;
    this.rows = batch;
    this.iterations = countIterations(task, options);
    if (options.validateEvery !== undefined) requireWhole("validateEvery", options.validateEvery);
    this.state = {
      model,
      optimizer: createOptimizer(model.parameters, optimizer, {
        schedule,
        iterations: this.iterations,
        kernels: model.backend?.dense,
      }),
      callbacks,
      losses: new LossWindow(this.iterations),
      iterations: this.iterations,
      iteration: 0,
      epochLoss: 0,
      finished: false,
    };
    const trained = trainedParameters(model.parameters);
    this.gradientList = trained.map(({ gradient }) => gradient);
    this.gradients = Object.fromEntries(trained.map(({ name, gradient }) => [name, gradient]));
    this.context = this.createContext();
    if (options.resume !== undefined) this.resume(options.resume);
  }

  /**
   * A model plans its memory, and with it the order of its sums, for the first batch it meets. That was a full one, so it
   * must be again when training goes on with the short one at the end of an epoch.
   */
  private resume(checkpoint: Checkpoint): void {
    restoreTrainingState(this.state, checkpoint);
    const { finished, iterations } = checkpoint.state;
    if (finished === true && iterations === this.iterations) this.stopReason = "training had ended before";
    if (checkpoint.iteration < this.iterations && this.task.epochSize !== undefined) {
      this.buffers = this.task.trainBatch(0, this.rows);
      this.state.model.gradient(this.buffers);
    }
  }

  async run(): Promise<History> {
    const { state, context, iterations } = this;
    const { callbacks = [], signal } = this.options;
    const first = state.iteration;
    const losses = new Float64Array(Math.max(0, iterations - first));
    const times = new Float64Array(losses.length);
    const breather = new Breather();
    const started = performance.now();
    try {
      await notify(callbacks, "onTrainBegin", context);
      while (state.iteration < iterations && this.stopReason === undefined && !signal?.aborted) {
        const before = performance.now();
        const { loss, gradientNorm, lr } = this.update();
        const stepMs = performance.now() - before;
        losses[state.iteration - first - 1] = loss;
        times[state.iteration - first - 1] = stepMs;
        const batch = { iteration: state.iteration, epoch: this.epoch(), loss, gradientNorm, lr, stepMs };
        await notify(callbacks, "onBatchEnd", context, batch);
        await this.afterUpdate();
        await notify(callbacks, "onIterationEnd", context);
        if (breather.isDue()) await breather.pause();
      }
    } catch (error) {
      await notify(callbacks, "onTrainEnd", context, "failed").catch(() => {});
      throw error;
    }
    const reason = this.stopReason !== undefined ? "stopped" : state.iteration < iterations ? "aborted" : "finished";
    state.finished = reason !== "aborted";
    await notify(callbacks, "onTrainEnd", context, reason);
    const done = state.iteration - first;
    return {
      iteration: state.iteration,
      loss: state.losses.mean(),
      losses: losses.slice(0, done),
      validation: this.validation,
      reason,
      stopReason: this.stopReason,
      seconds: (performance.now() - started) / 1000,
      stepMs: median(times.subarray(0, done)),
    };
  }

  /** One iteration up to and including the update of the parameters. */
  private update(): { loss: number; gradientNorm: number; lr: number } {
    const { state, task, gradients } = this;
    const { model, optimizer, losses } = state;
    const { globalNorm = Number.POSITIVE_INFINITY, elementwise } = this.options.clip ?? {};
    const batch = task.trainBatch(state.iteration, this.rows, this.buffers);
    if (batch.rows > (this.buffers?.rows ?? 0)) this.buffers = batch;
    const loss = this.lossAndGradient(batch);
    const gradientNorm = clipGlobalNorm(this.gradientList, globalNorm);
    if (!Number.isFinite(gradientNorm)) throw this.nonFiniteGradient(gradientNorm);
    if (elementwise !== undefined) for (const gradient of this.gradientList) clipElementwise(gradient, elementwise);
    const lr = optimizer.learningRates(state.iteration).at(-1) ?? 0;
    optimizer.step(gradients, state.iteration);
    if (model.updated) model.updated();
    else model.changed();
    state.iteration++;
    losses.push(loss);
    state.epochLoss += loss;
    return { loss, gradientNorm, lr };
  }

  private lossAndGradient(batch: Batch): number {
    try {
      const { loss } = this.state.model.gradient(batch);
      if (!Number.isFinite(loss)) throw new NonFiniteError(`The loss is ${loss}.`);
      return loss;
    } catch (cause) {
      // A parametrization given huge parameters fails to solve before any loss is there.
      const kind = [NonFiniteError, SingularMatrixError].find((diverged) => cause instanceof diverged);
      if (kind === undefined) throw cause;
      const where = `Iteration ${this.state.iteration + 1}`;
      throw new kind(`${where}: ${(cause as Error).message} ${calmer}`, { cause });
    }
  }

  private nonFiniteGradient(norm: number): NonFiniteError {
    const culprit = trainedParameters(this.state.model.parameters).find(({ gradient }) =>
      gradient.some((value) => !Number.isFinite(value)),
    );
    const where = culprit === undefined ? "" : `; the first such gradient is that of "${culprit.name}"`;
    return new NonFiniteError(
      `Iteration ${this.state.iteration + 1}: the gradient's norm is ${norm}${where}. The parameters are those of before this update. ${calmer}`,
    );
  }

  /** Validation and the end of an epoch, when due. */
  private async afterUpdate(): Promise<void> {
    const { state, context, task } = this;
    const { callbacks = [], validateEvery } = this.options;
    const { iterationsPerEpoch } = context;
    const { iteration } = state;
    const epochEnds = iterationsPerEpoch !== undefined && iteration % iterationsPerEpoch === 0;
    const due = validateEvery === undefined ? epochEnds : iteration % validateEvery === 0;
    if (due && task.heldOutSize.validation > 0) {
      const metrics = await evaluate(state.model, task, "validation", { batch: this.rows });
      this.validation.push({ iteration, epoch: this.epoch(), metrics });
      await notify(callbacks, "onValidation", context, { iteration, epoch: this.epoch(), metrics });
    }
    if (!epochEnds) return;
    const latest = this.validation.at(-1);
    const validation =
      latest !== undefined && latest.iteration > iteration - iterationsPerEpoch ? latest.metrics : undefined;
    const epoch = iteration / iterationsPerEpoch;
    await notify(callbacks, "onEpochEnd", context, {
      iteration,
      epoch,
      loss: state.epochLoss / iterationsPerEpoch,
      validation,
    });
    state.epochLoss = 0;
  }

  /** Epoch of the latest update, from 1. */
  private epoch(): number | undefined {
    const { iterationsPerEpoch } = this.context;
    return iterationsPerEpoch === undefined ? undefined : Math.ceil(this.state.iteration / iterationsPerEpoch);
  }

  private createContext(): TrainingContext {
    const { state, task, iterations } = this;
    const stop = (reason: string) => {
      this.stopReason = reason;
    };
    return {
      model: state.model,
      task,
      iterations,
      iterationsPerEpoch: task.epochSize === undefined ? undefined : Math.ceil(task.epochSize / this.rows),
      get iteration() {
        return state.iteration;
      },
      get meanLoss() {
        return state.losses.mean();
      },
      checkpoint: () => saveTrainingState(state),
      stop,
    };
  }
}
