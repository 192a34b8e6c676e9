import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { Batch, Task } from "../tasks/task.ts";
import { Breather } from "./breather.ts";
import type { Trainable } from "./trainable.ts";

export interface EvaluateOptions {
  /** Rows at a time. Default 100. */
  readonly batch?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The mean `loss` over a held-out split, and the task's metrics (`accuracy`, `mse` …).
 *
 * @throws UsageError when the task has no such split
 */
export async function evaluate(
  model: Trainable,
  task: Task,
  split: "validation" | "test",
  { batch: rows = 100, signal }: EvaluateOptions = {},
): Promise<Record<string, number>> {
  if (task.heldOutSize[split] === 0) {
    const other = split === "test" ? "validation" : "test";
    throw new UsageError(`The task ${task.name} has no ${split} split here. Use the ${other} split.`);
  }
  const metrics = task.createMetrics();
  const breather = new Breather();
  let sum = 0;
  let total = 0;
  for (const batch of task.heldOut(split, Math.min(rows, task.heldOutSize[split]))) {
    signal?.throwIfAborted();
    const { loss, outputs } = model.loss(batch);
    const weight = answerCount(batch, task);
    sum += loss * weight;
    total += weight;
    metrics.update(outputs, batch);
    if (breather.isDue()) await breather.pause();
  }
  return { loss: sum / total, ...metrics.result() };
}

/**
 * The model's outputs for a batch (logits for cross-entropy): [length × rows × size], or [rows × size] for a task asked at
 * the last step. The array is a copy.
 */
export function predict(model: Pick<Trainable, "loss">, batch: Batch): FloatArray {
  return model.loss(batch).outputs;
}

/** How many answers the batch's mean loss is taken over. */
function answerCount({ length, rows, mask }: Batch, { output }: Task): number {
  if (output.at === "last-step") return rows;
  if (mask === undefined) return length * rows;
  let answers = 0;
  for (const weight of mask) answers += weight;
  return answers;
}
