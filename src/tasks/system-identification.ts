import { z } from "zod";
import { UsageError } from "../errors.ts";
import type { PrescribedValues } from "../nn/spec.ts";
import { randomStream } from "../random/stream.ts";
import { float32Buffer } from "./buffers.ts";
import { type ExampleGenerator, generatedData } from "./generated.ts";
import { normalizedSquaredErrorMetrics } from "./metrics.ts";
import { heldOutExamples, parseTaskOptions, trainingExamples } from "./options.ts";
import type { BatchBuffers, Task } from "./task.ts";
import { unitarySystem, unitarySystemNames } from "./unitary-system.ts";
import { type TeacherBatch, unitaryTeacher } from "./unitary-teacher.ts";

/** The options of `systemIdentification`, as `--set task.…` takes them. */
export const systemIdentificationOptions = z.strictObject({
  units: z.int().min(1).default(16).describe("n, of the system and of the model"),
  length: z.int().min(1).default(150).describe("T, the number of steps"),
  system: z
    .enum(unitarySystemNames)
    .default("haar")
    .describe("W_sys: any unitary matrix, one of the uRNN's family, or the product of two of those"),
  systemSeed: z.int().min(0).default(0).describe("of the draw of W_sys, which the run's seed does not change"),
  permutationSeed: z
    .int()
    .min(0)
    .default(0)
    .describe("of the permutation in restricted systems, as the cell urnn has it"),
  bias: z.number().default(-0.1).describe("b of the system's modReLU"),
  trainingExamples,
  heldOutExamples,
});

export type SystemIdentificationOptions = z.input<typeof systemIdentificationOptions> & {
  /** Seed of all draws but W_sys, 0 by default. */
  readonly seed?: number | undefined;
};

/**
 * System identification: find the unitary W_sys of h_t = σ_b(h_{t−1} W_sys + x_t), y_t = Re h_t, h₀ = 0, from its answers y_t ∈
 * Rⁿ to circular complex Gaussian x_t ∈ Cⁿ, E|x|² = 1. The model reads Re x_t beside Im x_t (2n features), has one layer of n
 * units of a cell of these equations (`urnn`, `fcurnn`, `scurnn`, `eurnn`, `kru`; ε of modReLU is 1e-5), and answers at every step,
 * squared error. Its input matrices, bias, initial state and head are the system's own, see `Task.prescribed`: only W is trained.
 *
 * Baseline: E y², the loss of answering zero, estimated from 2048/n sequences. Metric: `nmse` = Σ (ŷ − y)² / Σ y² over all
 * components, steps and examples of the split: 0 for W = W_sys, 1 for answering zero, about 2 for an unrelated unitary W.
 *
 * From random W, training at T = 150 stalls at an nmse of 0.1 to 0.6, even where the family holds W_sys: h_t ≈ Σ_s x_s W^{t−s}, so
 * an eigenphase is found only within about 1/T of it. At T = 2 no power of W enters: train there first, then the same model on
 * tasks of growing `length`, as scripts/system-identification.mjs does. This remedy is this project's own.
 *
 * Source: Wisdom, Powers, Hershey, Le Roux and Atlas 2016 (code).
 *
 * @throws UsageError for an unknown option or a value out of range
 */
export function systemIdentification({ seed = 0, ...options }: SystemIdentificationOptions = {}): Task {
  const parsed = parseTaskOptions(name, systemIdentificationOptions, options);
  const { units, length, bias } = parsed;
  const output = { loss: "mean-squared-error", size: units, at: "every-step" } as const;
  const teacher = unitaryTeacher({ units, weight: unitarySystem(parsed), bias, epsilon });
  const generator: ExampleGenerator<TeacherBatch> = {
    blank(rows, into?: BatchBuffers) {
      const values = float32Buffer(into?.values, length * rows * 2 * units);
      return { length, rows, values, regression: float32Buffer(into?.regression, length * rows * units) };
    },
    draw(random, { rows, values }, row) {
      const width = 2 * units;
      for (let t = 0; t < length; t++) {
        const first = (t * rows + row) * width;
        for (let i = first; i < first + width; i++) values[i] = Math.SQRT1_2 * random.normal();
      }
    },
    complete: teacher,
  };
  let power: number | undefined;
  return {
    name,
    length,
    input: { kind: "dense", features: 2 * units },
    output,
    get baseline() {
      power ??= meanSquare(generator, seed, Math.ceil(2048 / units));
      return power;
    },
    prescribed: prescribedValues(units, bias),
    ...generatedData(generator, { seed, ...parsed }),
    createMetrics: () => normalizedSquaredErrorMetrics(output),
  };
}

const name = "system-identification";
/** As the authors' uRNN has it. */
const epsilon = 1e-5;

function prescribedValues(n: number, bias: number): PrescribedValues {
  const upper = halfIdentity(n, 0);
  const known: Readonly<Record<string, Float64Array>> = {
    "layers.0.x.re.weight": upper,
    "layers.0.x.im.weight": halfIdentity(n, n),
    "layers.0.b": new Float64Array(n).fill(bias),
    "layers.0.h.re.initial": new Float64Array(n),
    "layers.0.h.im.initial": new Float64Array(n),
    "head.weight": upper,
    "head.bias": new Float64Array(n),
  };
  return (parameter, shape) => {
    if (/^layers\.0\.W($|\.)/.test(parameter)) return undefined;
    const values = Object.hasOwn(known, parameter) ? known[parameter] : undefined;
    if (values === undefined) {
      throw new UsageError(
        `The task ${name} has no value for the parameter "${parameter}": it is for one layer of a complex cell ` +
          "h = σ(h W + x). Choose --cell urnn, fcurnn, scurnn, eurnn or kru, and one layer.",
      );
    }
    if (shape.reduce((product, size) => product * size, 1) !== values.length) {
      const units = shape.at(-1);
      throw new UsageError(
        `The task ${name} is of ${n} units (task.units), the model of ${units} (model.units): "${parameter}" is ` +
          `[${shape}]. Give both the same number, such as --units ${units} --set task.units=${units}.`,
      );
    }
    return values;
  };
}

/** [2n × n], zero but for the identity in the rows from `first` on. */
function halfIdentity(n: number, first: number): Float64Array {
  const out = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) out[(first + i) * n + i] = 1;
  return out;
}

/** The mean y² of some sequences of their own stream. */
function meanSquare(generator: ExampleGenerator<TeacherBatch>, seed: number, rows: number): number {
  const batch = generator.blank(rows);
  for (let row = 0; row < rows; row++) generator.draw(randomStream(seed, "baseline", row), batch, row);
  generator.complete?.(batch);
  return batch.regression.reduce((sum, y) => sum + y * y, 0) / batch.regression.length;
}
