import { ShapeError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { Batch, OutputSpec, TaskMetrics } from "./task.ts";

/**
 * `accuracy`: the share of answers whose largest logit is the target's class (of equal ones the first counts; NaN is
 * wrong). With outputs at every step, the steps from `firstStep` on count, those of `mask` 0 left out.
 */
export function accuracyMetrics({ at, size }: Pick<OutputSpec, "at" | "size">, firstStep = 0): TaskMetrics {
  let correct = 0;
  let count = 0;
  return {
    update(outputs, batch) {
      const { classes = missing("classes"), mask } = batch;
      const answers = answerCount(outputs, batch, at, size);
      const everyStep = at === "every-step";
      for (let answer = everyStep ? firstStep * batch.rows : 0; answer < answers; answer++) {
        if (everyStep && mask !== undefined && mask[answer] === 0) continue;
        count++;
        if (isLargest(outputs, answer * size, size, classes[answer])) correct++;
      }
    },
    result: () => ({ accuracy: correct / count }),
  };
}

/** `mse`: the mean of (output − target)² over examples, components and, with outputs at every step, unmasked steps. */
export function squaredErrorMetrics({ at, size }: Pick<OutputSpec, "at" | "size">): TaskMetrics {
  let sum = 0;
  let count = 0;
  return {
    update(outputs, batch) {
      const { regression = missing("regression"), mask } = batch;
      const answers = answerCount(outputs, batch, at, size);
      for (let answer = 0; answer < answers; answer++) {
        if (at === "every-step" && mask !== undefined && mask[answer] === 0) continue;
        for (let i = answer * size; i < (answer + 1) * size; i++) sum += (outputs[i] - regression[i]) ** 2;
        count += size;
      }
    },
    result: () => ({ mse: sum / count }),
  };
}

/**
 * `nmse`: Σ (output − target)² / Σ target², both sums over all examples, components and, with outputs at every step, unmasked
 * steps seen so far. 0 for exact answers, 1 for answering zero.
 */
export function normalizedSquaredErrorMetrics(output: Pick<OutputSpec, "at" | "size">): TaskMetrics {
  const error = squaredErrorMetrics(output);
  const power = squaredErrorMetrics(output);
  let zeros = new Float32Array(0);
  return {
    update(outputs, batch) {
      error.update(outputs, batch);
      if (zeros.length !== outputs.length) zeros = new Float32Array(outputs.length);
      power.update(zeros, batch);
    },
    result: () => ({ nmse: error.result().mse / power.result().mse }),
  };
}

function isLargest(outputs: FloatArray, start: number, size: number, target: number): boolean {
  const value = outputs[start + target];
  for (let other = 0; other < target; other++) if (!(value > outputs[start + other])) return false;
  for (let other = target + 1; other < size; other++) if (!(value >= outputs[start + other])) return false;
  return !Number.isNaN(value);
}

function answerCount(outputs: FloatArray, { length, rows }: Batch, at: OutputSpec["at"], size: number): number {
  const answers = at === "every-step" ? length * rows : rows;
  if (outputs.length !== answers * size) {
    const shape = at === "every-step" ? `[${length} × ${rows} × ${size}]` : `[${rows} × ${size}]`;
    throw new ShapeError(
      `The outputs hold ${outputs.length} values; expected ${answers * size}, ${shape}. Pass the model's outputs for ` +
        `this batch, ${at === "every-step" ? "all steps of it" : "its last step only"}.`,
    );
  }
  return answers;
}

function missing(name: string): never {
  throw new ShapeError(`The batch has no ${name}; pass a batch of the task that made these metrics.`);
}
