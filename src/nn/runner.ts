import type { CompiledModel } from "../compile/compile.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { Executable } from "../plan/backend.ts";
import type { Buffer } from "../plan/plan.ts";
import { requireBatch, requireStates } from "./batch.ts";
import type { Batch, ModelSpec } from "./spec.ts";

/** States by name (`layers.0.h`), each [rows × units]. */
export type ModelState = Readonly<Record<string, FloatArray>>;

/** A compiled model with its memory: moves batches in and results out, in the sharded layout of the plan. */
export class Runner {
  readonly compiled: CompiledModel;
  readonly executable: Executable;
  /** Version of the weights it last received. */
  version = -1;
  private readonly spec: ModelSpec;

  constructor(spec: ModelSpec, compiled: CompiledModel, executable: Executable) {
    this.spec = spec;
    this.compiled = compiled;
    this.executable = executable;
  }

  /** Writes a weight, tight row-major. */
  setWeight(name: string, values: FloatArray): void {
    const binding = this.compiled.weights.find((weight) => weight.name === name);
    if (binding) scatterRows(values, this.executable.floats(binding.weight), binding.weight);
  }

  /** Copies the gradient of a weight, tight row-major. */
  readGradient(name: string, out: FloatArray): void {
    const gradient = this.compiled.weights.find((weight) => weight.name === name)?.gradient;
    if (gradient) out.set(this.executable.floats(gradient).subarray(0, out.length));
  }

  /** Copies a batch and its loss weights into the arena. Throws `ShapeError` when it does not fit the model. */
  load(batch: Batch, state?: ModelState): void {
    requireBatch(this.spec, batch);
    const { compiled, executable, spec } = this;
    const { mask, target, lossWeight, scale } = compiled;
    const everyStep = spec.output.at === "every-step";
    const steps = everyStep ? batch.length : 1;
    let total = 0;
    for (let shard = 0; shard < compiled.plan.shape.shards; shard++) {
      if (batch.symbols)
        this.fill(executable.integers(compiled.input, shard), batch.symbols, batch, shard, 1, batch.length);
      if (batch.values) {
        const width = compiled.input.width;
        this.fill(executable.floats(compiled.input, shard), batch.values, batch, shard, width, batch.length);
      }
      if (mask && batch.mask) this.fill(executable.floats(mask, shard), batch.mask, batch, shard, 1, batch.length);
      if (batch.classes) this.fill(executable.integers(target, shard), batch.classes, batch, shard, 1, steps);
      if (batch.regression) {
        this.fill(executable.floats(target, shard), batch.regression, batch, shard, target.width, steps);
      }
      total += this.weigh(executable.floats(lossWeight, shard), batch, shard, steps);
    }
    executable.floats(scale)[0] = total > 0 ? 1 / total : 0;
    this.setStates(state, batch.rows);
  }

  /** Σ weight·loss, Σ weight·correct and Σ weight of the latest run. */
  sums(): { loss: number; correct: number; weight: number } {
    const result = { loss: 0, correct: 0, weight: 0 };
    for (let shard = 0; shard < this.compiled.plan.shape.shards; shard++) {
      const [loss, correct, weight] = this.executable.doubles(this.compiled.sums, shard);
      result.loss += loss;
      result.correct += correct;
      result.weight += weight;
    }
    return result;
  }

  /** Outputs of the latest "infer" run: [length × rows × size] or [rows × size]. */
  outputs(rows: number): FloatArray {
    const { outputs, plan } = this.compiled;
    const steps = outputs.times;
    const gathered = this.emptyLike(steps * rows * outputs.width);
    for (let shard = 0; shard < plan.shape.shards; shard++) {
      const from = this.executable.floats(outputs, shard);
      const first = shard * plan.shape.rows;
      for (let t = 0; t < steps; t++) {
        for (let r = 0; r < plan.shape.rows && first + r < rows; r++) {
          const start = (t * plan.shape.rows + r) * outputs.stride;
          gathered.set(from.subarray(start, start + outputs.width), (t * rows + first + r) * outputs.width);
        }
      }
    }
    return gathered;
  }

  /** States after the last step. */
  finalState(rows: number): ModelState {
    const { states, plan } = this.compiled;
    return Object.fromEntries(
      states.map(({ name, stateOut }) => {
        const gathered = this.emptyLike(rows * stateOut.width);
        for (let row = 0; row < rows; row++) {
          const from = this.executable.floats(stateOut, Math.floor(row / plan.shape.rows));
          const start = (row % plan.shape.rows) * stateOut.stride;
          gathered.set(from.subarray(start, start + stateOut.width), row * stateOut.width);
        }
        return [name, gathered];
      }),
    );
  }

  private emptyLike(length: number): FloatArray {
    return this.compiled.plan.target.element === "float32" ? new Float32Array(length) : new Float64Array(length);
  }

  private setStates(state: ModelState | undefined, rows: number): void {
    const { states, plan } = this.compiled;
    if (state)
      requireStates(state, Object.fromEntries(states.map(({ name, stateIn }) => [name, rows * stateIn.width])));
    for (const { name, stateIn } of states) {
      const given = state?.[name];
      for (let shard = 0; shard < plan.shape.shards; shard++) {
        const to = this.executable.floats(stateIn, shard);
        const first = shard * plan.shape.rows;
        for (let r = 0; r < plan.shape.rows; r++) {
          for (let j = 0; j < stateIn.width; j++) {
            to[r * stateIn.stride + j] = given && first + r < rows ? given[(first + r) * stateIn.width + j] : 0;
          }
        }
      }
    }
  }

  /** Copies the rows of one shard; rows past the end of the batch become zero. */
  private fill<A extends FloatArray | Int32Array>(
    to: A,
    from: A | FloatArray,
    batch: Batch,
    shard: number,
    width: number,
    steps: number,
  ): void {
    const { rows } = this.compiled.plan.shape;
    const first = shard * rows;
    const present = Math.max(0, Math.min(rows, batch.rows - first)) * width;
    for (let t = 0; t < steps; t++) {
      const out = t * rows * width;
      const source = (t * batch.rows + first) * width;
      for (let i = 0; i < present; i++) to[out + i] = from[source + i];
      for (let i = present; i < rows * width; i++) to[out + i] = 0;
    }
  }

  private weigh(weights: FloatArray, batch: Batch, shard: number, steps: number): number {
    const { rows } = this.compiled.plan.shape;
    const first = shard * rows;
    const present = Math.max(0, Math.min(rows, batch.rows - first));
    const mask = steps === 1 && this.spec.output.at === "last-step" ? undefined : batch.mask;
    let total = 0;
    for (let t = 0; t < steps; t++) {
      for (let r = 0; r < rows; r++) {
        const weight = r >= present ? 0 : mask ? mask[t * batch.rows + first + r] : 1;
        weights[t * rows + r] = weight;
        total += weight;
      }
    }
    return total;
  }
}

function scatterRows(from: FloatArray, to: FloatArray, { rows, width, stride }: Buffer): void {
  if (stride === width) to.set(from);
  else for (let i = 0; i < rows; i++) to.set(from.subarray(i * width, (i + 1) * width), i * stride);
}
