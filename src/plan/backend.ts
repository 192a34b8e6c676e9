import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import type { Buffer, Plan, Target } from "./plan.ts";

/** Turns plans into machine code. Everything is synchronous: a training step blocks its thread for milliseconds. */
export interface Backend {
  readonly name: "reference" | "wasm" | "native";
  readonly target: Target;
  /** float64 dense algebra at this backend's speed. */
  readonly dense: DenseKernels;
  /** Allocates the arena and builds the kernels. Throws `BackendError`, `MemoryLimitError`. */
  compile(plan: Plan, options: { threads: number }): Executable;
}

/** A compiled plan with its memory. Views stay valid until `dispose`. */
export interface Executable {
  readonly plan: Plan;
  readonly threads: number;
  /** Elements of a float buffer; `copy` is the shard (or, for tests, the thread). */
  floats(buffer: Buffer, copy?: number): FloatArray;
  doubles(buffer: Buffer, copy?: number): Float64Array;
  integers(buffer: Buffer, copy?: number): Int32Array;
  /** Runs the pack instructions: call after the weights changed. */
  pack(): void;
  /**
   * Runs all shards: forward, loss and, in a "train" plan, backpropagation and the reductions. Shard gradients and sums
   * are zeroed first. The result does not depend on `threads`.
   */
  run(): void;
  dispose(): void;
}
