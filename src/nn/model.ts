import { type CompiledModel, compile } from "../compile/compile.ts";
import { NonFiniteError, ShapeError, UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { availableThreads } from "../machine.ts";
import { toMatrix } from "../maps/to-matrix.ts";
import type { BoundParametrization } from "../parametrizations/parametrization.ts";
import type { Backend } from "../plan/backend.ts";
import { usefulThreads } from "../plan/memory.ts";
import { firstNonFinite } from "./non-finite.ts";
import { initializeParameters, type Parameter, type ParametrizedMap } from "./parameters.ts";
import { planMemory, requireMemory } from "./plan-memory.ts";
import { type ModelState, Runner } from "./runner.ts";
import { RunnerCache } from "./runner-cache.ts";
import type { Batch, ModelSpec, PrescribedValues } from "./spec.ts";
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
  /** Values that parameters have and keep, such as `task.prescribed`. Default: all are drawn and trained. */
  readonly prescribed?: PrescribedValues | undefined;
}

type Mode = "train" | "infer" | "stream";

/** A recurrent model with its parameters, on one backend. Made by `createModel`. */
export class Model {
  readonly spec: ModelSpec;
  readonly backend: Backend;
  readonly threads: number;
  readonly parameters: readonly Parameter[];
  /** What parametrizations remember besides parameters, saved with them: base points, iterated vectors. */
  readonly buffers: readonly { readonly name: string; readonly values: Float64Array }[];
  private readonly maps: readonly (ParametrizedMap & {
    weights: FloatArray;
    weightGradient: FloatArray;
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
    const { all, maps } = initializeParameters(spec, options.seed ?? 0, element, options.prescribed);
    this.parameters = all;
    const empty = (length: number) => (element === "float32" ? new Float32Array(length) : new Float64Array(length));
    this.maps = maps.map((entry) => ({
      ...entry,
      weights: empty(entry.map.weightCount),
      weightGradient: empty(entry.map.weightCount),
      bound: entry.map.bind(options.backend.dense),
    }));
    this.buffers = this.maps.flatMap(({ name, bound }) =>
      Object.entries(bound.buffers ?? {}).map(([buffer, values]) => ({ name: `${name}.${buffer}`, values })),
    );
  }

  /** Number of trainable numbers. */
  get parameterCount(): number {
    return this.parameters.reduce((sum, { values, frozen }) => sum + (frozen ? 0 : values.length), 0);
  }

  /** Call after changing parameter values. */
  changed(): void {
    this.version++;
  }

  /** Call after an optimiser changed the parameters: parametrizations may move what they remember. */
  updated(): void {
    for (const { bound, theta, isFrozen } of this.maps) if (!isFrozen) bound.updated?.(theta);
    this.changed();
  }

  /** The recurrent maps by name (`layers.0.W`), with their field and structure. */
  get recurrentMaps(): readonly {
    readonly name: string;
    readonly units: number;
    readonly field: "real" | "complex";
  }[] {
    return this.maps.map(({ name, units, field }) => ({ name, units, field }));
  }

  /**
   * The recurrent matrix `name` (`layers.0.W`) in full, row-major [units × units], as used in h @ W, whatever its structure;
   * a complex one as all real parts, then all imaginary parts.
   */
  matrix(name: string): FloatArray {
    this.materialize();
    const found = this.maps.find((map) => map.name === name);
    if (!found)
      throw new UsageError(`No recurrent matrix "${name}". This model has ${this.maps.map((m) => m.name).join(", ")}.`);
    return toMatrix(found.map.structure, found.units, found.field, found.weights);
  }

  /**
   * Mean loss of a batch, and its gradient by every parameter (into `parameter.gradient`). `state` gives the initial
   * states of layers declared so. Throws `NonFiniteError` naming layer and time step when the loss is NaN or infinite.
   */
  gradient(batch: Batch, state?: ModelState): { loss: number; accuracy: number; penalty: number } {
    requireTargets(this.spec, batch);
    const runner = this.run("train", batch, state);
    const sums = runner.sums();
    const loss = sums.loss / sums.weight;
    if (!Number.isFinite(loss)) throw this.nonFinite(loss, batch, state);
    for (const parameter of this.parameters) runner.readGradient(parameter.name, parameter.gradient);
    for (const { name, map, gradient, weightGradient, bound } of this.maps) {
      for (const weight of map.weights) {
        const part = weightGradient.subarray(weight.at, weight.at + weight.length);
        runner.readGradient(`${layerOf(name)}.${weight.name}`, part);
      }
      bound.pullback(weightGradient, gradient);
    }
    const penalty = this.maps.reduce((sum, { bound, gradient }) => sum + (bound.penalty?.(gradient) ?? 0), 0);
    return { loss, accuracy: sums.correct / sums.weight, penalty };
  }

  /**
   * Mean loss and outputs (before the softmax) of a batch, forward only. Without targets the loss means nothing. The
   * parametrizations' penalties are not part of it.
   */
  loss(batch: Batch, state?: ModelState): { loss: number; accuracy: number; weight: number; outputs: FloatArray } {
    const runner = this.run("infer", batch, state);
    const { loss, correct, weight } = runner.sums();
    return { loss: loss / weight, accuracy: correct / weight, weight, outputs: runner.outputs(batch.rows) };
  }

  /** The sum of the parametrizations' penalties, which `gradient` adds to the loss's gradient. */
  penalty(): number {
    this.materialize();
    return this.maps.reduce((sum, { bound, gradient }) => sum + (bound.penalty?.(gradient.slice()) ?? 0), 0);
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
    for (const { bound, theta, weights } of this.maps) bound.materialize(theta, weights);
    this.materialized = this.version;
  }

  private upload(runner: Runner): void {
    if (runner.version === this.version) return;
    this.materialize();
    for (const { name, values } of this.parameters) runner.setWeight(name, values);
    for (const { name, map, weights } of this.maps) {
      for (const weight of map.weights) {
        runner.setWeight(`${layerOf(name)}.${weight.name}`, weights.subarray(weight.at, weight.at + weight.length));
      }
    }
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
      layers: this.spec.layers.map(({ cell, units, initialState = cell.initialState }) => ({
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

/** `layers.0` of `layers.0.W`. */
const layerOf = (name: string): string => name.slice(0, name.lastIndexOf("."));

/** Builds a model and draws its parameters. Throws `UsageError` for impossible specifications. */
export function createModel(spec: ModelSpec, options: ModelOptions): Model {
  return new Model(spec, options);
}
