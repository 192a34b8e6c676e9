import type { Cell } from "../cells/cell.ts";
import type { InitialState } from "../compile/layer.ts";

/** What a model reads: one symbol per step out of `classes`, or `features` real numbers per step. */
export type InputSpec =
  | { readonly kind: "symbols"; readonly classes: number }
  | { readonly kind: "dense"; readonly features: number };

/** What a model answers, through a dense head: scores of `size` classes, or `size` real numbers. */
export interface OutputSpec {
  readonly loss: "cross-entropy" | "mean-squared-error";
  readonly size: number;
  readonly at: "every-step" | "last-step";
}

export interface LayerSpec {
  readonly cell: Cell;
  readonly units: number;
  /** Before the first step: zero, a learned vector, or given with each batch (truncated backpropagation). Default: the cell's. */
  readonly initialState?: InitialState;
}

/** A model: input → recurrent layers, bottom first → dense head and loss. */
export interface ModelSpec {
  readonly input: InputSpec;
  readonly layers: readonly LayerSpec[];
  readonly output: OutputSpec;
}

/**
 * Values that a task prescribes for a parameter by its name and shape, row-major; undefined for what is to be learned. Throws
 * `UsageError` for a model it is not made for.
 */
export type PrescribedValues = (name: string, shape: readonly number[]) => Float64Array | undefined;

/**
 * One batch, time-major. `symbols` [length × rows] for symbol inputs, `values` [length × rows × features] for dense ones;
 * `classes` [length × rows] or [rows] for cross-entropy, `regression` [(length ×) rows × size] for squared error.
 * `mask` [length × rows] is 1 where a step exists (variable
 * lengths) and 0 where the state is carried and the loss counts nothing; what stands in masked steps must be finite.
 */
export interface Batch {
  readonly length: number;
  readonly rows: number;
  readonly symbols?: Int32Array;
  readonly values?: Float32Array | Float64Array;
  readonly classes?: Int32Array;
  readonly regression?: Float32Array | Float64Array;
  readonly mask?: Float32Array | Float64Array;
}
