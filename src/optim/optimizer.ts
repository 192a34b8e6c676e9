import { RunError, ShapeError, UsageError } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import type { Manifold } from "../parametrizations/parametrization.ts";

export type Precision = "float32" | "float64";

/** An update rule for a flat array of parameters. */
export interface Optimizer {
  readonly name: string;
  /** The learning rate where a parameter group gives none. */
  readonly lr: number;
  /** The kind of manifold its steps stay on; it is for parameters that lie on one, and the others for those that do not. */
  readonly manifold?: Manifold["name"];
  /** The state for `length` parameters, its arrays of the parameters' own precision. */
  create(length: number, precision: Precision, options?: StateOptions): OptimizerState;
}

export interface StateOptions {
  /** What the parameters lie on. Default: nothing, they are free. */
  readonly manifold?: Manifold | undefined;
  /** For optimisers that need matrices; a backend's `dense` is fast. Default: plain TypeScript. */
  readonly kernels?: DenseKernels | undefined;
}

/** What an optimiser remembers of one array of parameters. `count` and `tensors` are all of it, to the bit. */
export interface OptimizerState {
  /** Steps taken. */
  readonly count: number;
  /**
   * parameters ← parameters − update, in place, at learning rate `lr`. Nothing is allocated. Arithmetic is float64, rounded
   * where it is stored. Throws `ShapeError` when a length differs from the state's.
   */
  step(parameters: FloatArray, gradient: FloatArray, lr: number): void;
  /** The accumulators by name: the live arrays, not copies. */
  tensors(): Readonly<Record<string, FloatArray>>;
  /** Copies saved accumulators and the step count back. Throws `RunError` when they are not this optimiser's. */
  restore(tensors: Readonly<Record<string, FloatArray>>, count: number): void;
}

/** One step of an update rule; `count` is 1 at the first step. */
type Update = (parameters: FloatArray, gradient: FloatArray, lr: number, count: number) => void;

/** A zero-filled accumulator, or one filled with `value`. */
export function accumulator(length: number, precision: Precision, value = 0): FloatArray {
  const array = precision === "float32" ? new Float32Array(length) : new Float64Array(length);
  return value === 0 ? array : array.fill(value);
}

/** The bookkeeping all optimisers share, around their update rule. */
export function optimizerState(
  name: string,
  length: number,
  tensors: Readonly<Record<string, FloatArray>>,
  update: Update,
): OptimizerState {
  let count = 0;
  return {
    get count() {
      return count;
    },
    step(parameters, gradient, lr) {
      if (parameters.length !== length || gradient.length !== length) {
        throw new ShapeError(
          `${name} keeps the state of ${length} parameters, but got ${parameters.length} parameters and ${gradient.length} gradients; give both with length ${length}.`,
        );
      }
      update(parameters, gradient, lr, ++count);
    },
    tensors: () => tensors,
    restore(saved, savedCount) {
      if (!Number.isInteger(savedCount) || savedCount < 0) {
        throw new RunError(
          `The saved step count of ${name} is ${savedCount}, not a number of steps; the checkpoint is damaged.`,
        );
      }
      const expected = Object.keys(tensors).sort().join(", ");
      const found = Object.keys(saved).sort().join(", ");
      if (found !== expected) {
        throw new RunError(
          `The saved state of ${name} holds [${found}] where [${expected}] is expected; resume with the optimiser and options that wrote it.`,
        );
      }
      for (const [slot, array] of Object.entries(tensors)) assertSameKind(`${name}.${slot}`, saved[slot], array);
      for (const [slot, array] of Object.entries(tensors)) array.set(saved[slot]);
      count = savedCount;
    },
  };
}

function assertSameKind(what: string, saved: FloatArray, expected: FloatArray): void {
  if (saved.length === expected.length && saved.constructor === expected.constructor) return;
  throw new RunError(
    `The saved ${what} is a ${saved.constructor.name} of ${saved.length} where a ${expected.constructor.name} of ${expected.length} is expected; resume with the model and precision that wrote it.`,
  );
}

/** Throws `UsageError` unless every option lies within its bounds: [low, high], or [low, high) with `open`. */
export function assertOptions(
  optimizer: string,
  options: Readonly<Record<string, number>>,
  { low = 0, high = Number.MAX_VALUE, open = false } = {},
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= low && (open ? value < high : value <= high)) continue;
    const range = high === Number.MAX_VALUE ? `of at least ${low}` : `from ${low} to ${open ? "below " : ""}${high}`;
    throw new UsageError(`${optimizer}: ${name} is ${value}; give a number ${range}.`);
  }
}
