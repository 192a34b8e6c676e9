import type { FloatArray } from "../linalg/kernels.ts";

/** What a task feeds a model: one symbol per step out of `classes`, or `features` real numbers per step. */
export type InputSpec =
  | { readonly kind: "symbols"; readonly classes: number }
  | { readonly kind: "dense"; readonly features: number };

/** What a task asks of a model. `size` is the number of classes or of regression outputs. */
export interface OutputSpec {
  readonly loss: "cross-entropy" | "mean-squared-error";
  readonly size: number;
  readonly at: "every-step" | "last-step";
}

/**
 * One batch, time-major. `symbols` [length × rows] for symbol inputs, `values` [length × rows × features] for dense ones;
 * `classes` [length × rows] or [rows] for cross-entropy, `regression` [(length ×) rows × size] for squared error.
 * `mask` [length × rows] is 1 where a step exists (variable lengths; masked steps carry the state and cost nothing).
 */
export interface Batch {
  readonly length: number;
  readonly rows: number;
  readonly symbols?: Int32Array;
  readonly values?: Float32Array;
  readonly classes?: Int32Array;
  readonly regression?: Float32Array;
  readonly mask?: Float32Array;
}

export type Split = "train" | "validation" | "test";

/** Scores of a model on a task, gathered batch by batch. */
export interface TaskMetrics {
  /**
   * Adds a batch. `outputs` are the model's (logits for cross-entropy), [length × rows × size] for `at: "every-step"` and
   * [rows × size] for `at: "last-step"`. Throws `ShapeError` when their number does not fit the batch.
   */
  update(outputs: FloatArray, batch: Batch): void;
  /** The scores so far, by name; NaN before the first batch. */
  result(): Record<string, number>;
}

/**
 * A learning problem. Training batches are a pure function of (seed, iteration, rows), so that a resumed run sees the
 * same data; nothing here keeps a cursor.
 */
export interface Task {
  readonly name: string;
  readonly length: number;
  readonly input: InputSpec;
  readonly output: OutputSpec;
  /** Loss of the best predictor that remembers nothing. */
  readonly baseline: number;
  /** Training examples in one epoch, ⌈epochSize/rows⌉ iterations; undefined when every batch is drawn fresh. */
  readonly epochSize?: number;
  /** Examples of each held-out split; 0 when the task has none. */
  readonly heldOutSize: { readonly validation: number; readonly test: number };
  /**
   * The `iteration`-th training batch (from 0). May hold fewer than `rows` rows at the end of an epoch. With `into`, an
   * earlier batch or buffers of the caller's, its arrays are overwritten and returned (or views of their first elements)
   * where they are large enough, so that a training loop need not allocate. Throws `UsageError` unless both are integers,
   * `iteration` ≥ 0 and `rows` ≥ 1.
   */
  trainBatch(iteration: number, rows: number, into?: BatchBuffers): Batch;
  /** Held-out data of a split in a fixed order, `rows` rows at a time, in arrays of their own. */
  heldOut(split: "validation" | "test", rows: number): Iterable<Batch>;
  /** A fresh tally of the scores this task is judged by. */
  createMetrics(): TaskMetrics;
}

/** Arrays a batch may be written into; a `Batch` is one. */
export type BatchBuffers = Partial<Pick<Batch, "symbols" | "values" | "classes" | "regression">>;
