import { type CompiledModel, compile } from "../compile/compile.ts";
import { NonFiniteError, ShapeError, UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { availableThreads } from "../machine.ts";
import type { BoundParametrization } from "../parametrizations/parametrization.ts";
import type { Backend } from "../plan/backend.ts";
import { usefulThreads } from "../plan/memory.ts";
import { firstNonFinite } from "./non-finite.ts";
import { initializeParameters, type Parameter, type ParametrizedWeight } from "./parameters.ts";
import { planMemory, requireMemory } from "./plan-memory.ts";
import { type ModelState, Runner } from "./runner.ts";
import { RunnerCache } from "./runner-cache.ts";
import type { Batch, ModelSpec } from "./spec.ts";
import { requireOptions, requireSpec, requireTargets } from "./validate.ts";

export interface ModelOptions {
  readonly backend: Backend;
  /** Seed of the parameters' draw. Default 0. */
  readonly seed?: number;
  /** Default: all the machine has. The numbers do not depend on it. */
  readonly threads?: number;
  /** Bytes a plan may take. Default: three quarters of the machine's memory. */
  readonly memoryLimit?: number;
  /** Keep states only at about √length steps and compute the others again. Default false. */
  readonly checkpointing?: boolean;
}

type Mode = "train" | "infer" | "stream";

/** A recurrent model with its parameters, on one backend. Made by `createModel`. */
export class Model {
  readonly spec: ModelSpec;
  readonly backend: Backend;
  readonly threads: number;
  readonly parameters: readonly Parameter[];
  private readonly matrices: readonly (ParametrizedWeight & {
    weight: FloatArray;
    gradient: FloatArray;
    bound: BoundParametrization;
  })[];
  private readonly options: ModelOptions;
  private readonly runners = new RunnerCache();
  private latest: { readonly runner: Runner; readonly rows: number } | undefined;
  private version = 0;
  private materialized = -1;

  constructor(spec: ModelSpec, options: ModelOptions) {
    requireSpec(spec);
    requireOptions(options);
    this.spec = spec;
    this.options = options;
    this.backend = options.backend;
    this.threads = options.threads ?? availableThreads();
    const { element } = options.backend.target;
    const { all, matrices } = initializeParameters(spec, options.seed ?? 0, element);
    this.parameters = all;
    const empty = (length: number) => (element === "float32" ? new Float32Array(length) : new Float64Array(length));
    this.matrices = matrices.map((matrix) => ({
      ...matrix,
      weight: empty(matrix.units ** 2),
      gradient: empty(matrix.units ** 2),
      bound: matrix.parametrization.bind(matrix.units, options.backend.dense),
    }));
  }

  /** Number of trainable numbers. */
  get parameterCount(): number {
    return this.parameters.reduce((sum, { values }) => sum + values.length, 0);
  }

  /** Call after changing parameter values. */
  changed(): void {
    this.version++;
  }

  /** The recurrent matrix `name` (`layers.0.W`), row-major [units × units], as used in h @ W. */
  matrix(name: string): FloatArray {
    this.materialize();
    const found = this.matrices.find((matrix) => matrix.name === name);
    if (!found)
      throw new UsageError(
        `No recurrent matrix "${name}". This model has ${this.matrices.map((m) => m.name).join(", ")}.`,
      );
    return found.weight.slice();
  }

  /**
   * Mean loss of a batch, and its gradient by every parameter (into `parameter.gradient`). `state` gives the initial
   * states of layers declared so. Throws `NonFiniteError` naming layer and time step when the loss is NaN or infinite.
   */
  gradient(batch: Batch, state?: ModelState): { loss: number; accuracy: number } {
    requireTargets(this.spec, batch);
    const runner = this.run("train", batch, state);
    const sums = runner.sums();
    const loss = sums.loss / sums.weight;
    if (!Number.isFinite(loss)) throw this.nonFinite(loss, batch, state);
    for (const parameter of this.parameters) runner.readGradient(parameter.name, parameter.gradient);
    for (const { name, parameter, gradient, bound } of this.matrices) {
      runner.readGradient(name, gradient);
      bound.pullback(gradient, parameter.gradient);
    }
    return { loss, accuracy: sums.correct / sums.weight };
  }

  /** Mean loss and outputs (before the softmax) of a batch, forward only. Without targets the loss means nothing. */
  loss(batch: Batch, state?: ModelState): { loss: number; accuracy: number; weight: number; outputs: FloatArray } {
    const runner = this.run("infer", batch, state);
    const { loss, correct, weight } = runner.sums();
    return { loss: loss / weight, accuracy: correct / weight, weight, outputs: runner.outputs(batch.rows) };
  }

  /** States after the last step of the latest `gradient` or `loss`, to carry into the next batch. */
  finalState(): ModelState {
    if (!this.latest) throw new UsageError("finalState: nothing ran yet. Call gradient or loss first.");
    return this.latest.runner.finalState(this.latest.rows);
  }

  /** The state before the first step, for `rows` sequences: zero, or what was learned. */
  initialState(rows = 1): ModelState {
    const { element } = this.backend.target;
    const entries = this.spec.layers.flatMap(({ cell, units }, index) =>
      cell.states.map((state): [string, FloatArray] => {
        const values = element === "float32" ? new Float32Array(rows * units) : new Float64Array(rows * units);
        const learned = this.parameters.find(({ name }) => name === `layers.${index}.${state}.initial`);
        if (learned) for (let r = 0; r < rows; r++) values.set(learned.values, r * units);
        return [`layers.${index}.${state}`, values];
      }),
    );
    return Object.fromEntries(entries);
  }

  /**
   * One step of inference for a stream: `x` is a symbol or a feature vector (or one per row, `rows` side by side).
   * Returns the output [rows × size] and the state to pass with the next x; without `state` the stream begins. Throws
   * `ShapeError` when x or the state does not fit.
   */
  step(x: number | ArrayLike<number>, state?: ModelState): { output: FloatArray; state: ModelState } {
    const values = typeof x === "number" ? [x] : x;
    const width = this.spec.input.kind === "symbols" ? 1 : this.spec.input.features;
    const rows = values.length / width;
    if (!Number.isInteger(rows) || rows < 1) {
      throw new ShapeError(`step: x has ${values.length} numbers, expected ${width} per row of the stream.`);
    }
    const input =
      this.spec.input.kind === "symbols" ? { symbols: Int32Array.from(values) } : { values: Float64Array.from(values) };
    const batch: Batch = { length: 1, rows, ...input };
    const runner = this.run("stream", batch, state ?? this.initialState(rows));
    return { output: runner.outputs(rows), state: runner.finalState(rows) };
  }

  /** Memory a plan for this length and number of rows takes, largest buffers first. */
  planSummary(length: number, rows: number, mode: "train" | "infer" = "train"): { bytes: number; lines: string[] } {
    return planMemory(this.compile(mode, length, rows, false).plan, this.threads);
  }

  /** Throws `MemoryLimitError` when training on such batches would need more memory than allowed. */
  requireMemory(length: number, rows: number): void {
    requireMemory(this.compile("train", length, rows, false).plan, this.threads, this.options.memoryLimit);
  }

  /** Frees the plans' memory and threads; the model compiles again when used. */
  dispose(): void {
    this.runners.dispose();
    this.latest = undefined;
  }

  private run(mode: Mode, batch: Batch, state: ModelState | undefined): Runner {
    const runner = this.runner(mode, batch);
    this.upload(runner);
    runner.load(batch, state);
    runner.executable.run();
    this.latest = { runner, rows: batch.rows };
    return runner;
  }

  private materialize(): void {
    if (this.materialized === this.version) return;
    for (const { bound, parameter, weight } of this.matrices) bound.materialize(parameter.values, weight);
    this.materialized = this.version;
  }

  private upload(runner: Runner): void {
    if (runner.version === this.version) return;
    this.materialize();
    for (const { name, values } of this.parameters) runner.setWeight(name, values);
    for (const { name, weight } of this.matrices) runner.setWeight(name, weight);
    runner.executable.pack();
    runner.version = this.version;
  }

  /** A runner whose plan fits the batch; a last, smaller batch uses the plan of the full ones. */
  private runner(mode: Mode, { length, rows, mask }: Batch): Runner {
    return this.runners.get(`${mode}/${length}/${mask ? "masked" : "full"}`, rows, () => {
      const compiled = this.compile(mode, length, rows, mask !== undefined);
      requireMemory(compiled.plan, this.threads, this.options.memoryLimit);
      const threads = usefulThreads(compiled.plan, this.threads);
      return new Runner(this.spec, compiled, this.backend.compile(compiled.plan, { threads }));
    });
  }

  private compile(
    mode: Mode,
    length: number,
    batch: number,
    masked: boolean,
    checkpointing = this.options.checkpointing ?? false,
  ): CompiledModel {
    return compile({
      input: this.spec.input,
      layers: this.spec.layers.map(({ cell, units, initialState = "zero" }) => ({
        equations: cell,
        units,
        initialState: mode === "stream" ? "given" : initialState,
      })),
      head: this.spec.output,
      length,
      batch,
      mode: mode === "train" ? "train" : "infer",
      masked,
      checkpointing,
      target: this.backend.target,
    });
  }

  private nonFinite(loss: number, batch: Batch, state: ModelState | undefined): NonFiniteError {
    const compiled = this.compile("train", batch.length, 1, batch.mask !== undefined, false);
    const runner = new Runner(this.spec, compiled, this.backend.compile(compiled.plan, { threads: 1 }));
    this.upload(runner);
    try {
      return new NonFiniteError(`The loss is ${loss}: ${firstNonFinite(runner, batch, state)}`);
    } finally {
      runner.executable.dispose();
    }
  }
}

/** Builds a model and draws its parameters. Throws `UsageError` for impossible specifications. */
export function createModel(spec: ModelSpec, options: ModelOptions): Model {
  return new Model(spec, options);
}
