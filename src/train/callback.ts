import type { Checkpoint } from "../runs/checkpoint.ts";
import type { Tensor } from "../runs/safetensors.ts";
import type { Task } from "../tasks/task.ts";
import type { Trainable } from "./trainable.ts";

/** What callbacks may see and do. */
export interface TrainingContext {
  readonly model: Trainable;
  readonly task: Task;
  /** Updates done. */
  readonly iteration: number;
  /** Updates when training ends. */
  readonly iterations: number;
  /** Updates of one epoch; undefined when the task draws every batch fresh. */
  readonly iterationsPerEpoch: number | undefined;
  /** Mean loss of the latest 5 % of all updates; NaN before the first. */
  readonly meanLoss: number;
  /**
   * Everything needed to go on from here. The tensors are the live ones: encode or copy them at once.
   * Throws `NonFiniteError` when a parameter is NaN or infinite.
   */
  checkpoint(): Checkpoint;
  /** Ends training after this iteration. */
  stop(reason: string): void;
}

export interface BatchResult {
  /** Updates done, this one included. */
  readonly iteration: number;
  /** Epoch of the batch, from 1; undefined when the task has none. */
  readonly epoch: number | undefined;
  /** Loss of the batch before the update. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Learning rate of the parameters in no special group. */
  readonly lr: number;
  /** Milliseconds of the step: batch, forward, backward, clipping, update. */
  readonly stepMs: number;
}

export interface ValidationResult {
  readonly iteration: number;
  readonly epoch: number | undefined;
  /** `loss` and the task's metrics on the validation split. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface EpochResult {
  readonly iteration: number;
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss of the epoch's batches. */
  readonly loss: number;
  /** The latest validation, if there was one in this epoch. */
  readonly validation: Readonly<Record<string, number>> | undefined;
}

/** Why training ended: all iterations done, a callback's `stop`, the abort signal, or an error that `fit` throws on. */
export type EndReason = "finished" | "stopped" | "aborted" | "failed";

/**
 * Hooks into `fit`. Within an iteration they come in the order onBatchEnd, onValidation, onEpochEnd, onIterationEnd; for
 * each hook the callbacks in the order of their list. A hook may return a promise, which is awaited.
 */
export interface Callback {
  /** Needed with `save`: under this name the state is kept in checkpoints. */
  readonly name?: string;
  onTrainBegin?(context: TrainingContext): void | Promise<void>;
  onBatchEnd?(context: TrainingContext, batch: BatchResult): void | Promise<void>;
  onValidation?(context: TrainingContext, validation: ValidationResult): void | Promise<void>;
  onEpochEnd?(context: TrainingContext, epoch: EpochResult): void | Promise<void>;
  /** Everything else of the iteration is done: the place to save. */
  onIterationEnd?(context: TrainingContext): void | Promise<void>;
  onTrainEnd?(context: TrainingContext, reason: EndReason): void | Promise<void>;
  /** What the callback must remember for a resumed run to behave the same. */
  save?(): CallbackState;
  restore?(saved: CallbackState): void;
}

export interface CallbackState {
  readonly tensors?: ReadonlyMap<string, Tensor>;
  /** JSON: finite numbers, texts, lists and objects. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/** Calls one hook of all callbacks, awaiting only real promises: most hooks are synchronous and run every iteration. */
export async function notify<H extends HookName>(
  callbacks: readonly Callback[],
  hook: H,
  ...args: Parameters<NonNullable<Callback[H]>>
): Promise<void> {
  for (const callback of callbacks) {
    const method = callback[hook] as ((...given: typeof args) => void | Promise<void>) | undefined;
    const pending = method?.apply(callback, args);
    if (pending !== undefined) await pending;
  }
}

type HookName = "onTrainBegin" | "onBatchEnd" | "onValidation" | "onEpochEnd" | "onIterationEnd" | "onTrainEnd";
