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
  /** Training examples in one epoch; undefined when every batch is drawn fresh. */
  readonly epochSize?: number;
  /** The `iteration`-th training batch (from 0). May hold fewer than `rows` rows at the end of an epoch. */
  trainBatch(iteration: number, rows: number): Batch;
  /** Held-out data of a split in a fixed order, `rows` rows at a time. */
  heldOut(split: "validation" | "test", rows: number): Iterable<Batch>;
}
