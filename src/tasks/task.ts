import type { FloatArray } from "../linalg/kernels.ts";
import type { Batch, InputSpec, OutputSpec, PrescribedValues } from "../nn/spec.ts";

export type { Batch, InputSpec, OutputSpec };

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
   * Parameters of the model that the problem sets and training leaves alone, where not everything is to be learned:
   * `createModel(spec, { prescribed: task.prescribed })`.
   */
  readonly prescribed?: PrescribedValues;
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

/** Arrays a batch may be written into; a `Batch` of a task is one. */
export type BatchBuffers = Partial<Pick<Batch, "symbols" | "values" | "classes" | "regression">>;
