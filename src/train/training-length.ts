import { UsageError } from "../errors.ts";
import type { Task } from "../tasks/task.ts";

/** How long to train, and with how many rows at a time. */
export interface TrainingLength {
  readonly iterations?: number | undefined;
  readonly epochs?: number | undefined;
  /** Default 32. */
  readonly batch?: number | undefined;
}

export const defaultBatch = 32;

/**
 * Updates of a whole training: `iterations`, or `epochs` of ⌈epochSize / batch⌉ each.
 *
 * @throws UsageError unless exactly one of them is given, a whole number, and the task has epochs if it is that
 */
export function countIterations(
  task: Pick<Task, "name" | "epochSize">,
  { iterations, epochs, batch = defaultBatch }: TrainingLength,
): number {
  requireWhole("batch", batch);
  if (epochs === undefined) {
    if (iterations === undefined) throw new UsageError("The length of training is open: give iterations or epochs.");
    return requireWhole("iterations", iterations);
  }
  if (iterations !== undefined) {
    throw new UsageError(`Training has both ${iterations} iterations and ${epochs} epochs: give one of them.`);
  }
  requireWhole("epochs", epochs);
  if (task.epochSize === undefined) {
    throw new UsageError(
      `The task ${task.name} draws every batch fresh and has no epochs: give iterations, or a training set ` +
        `(task.trainingExamples).`,
    );
  }
  return epochs * Math.ceil(task.epochSize / batch);
}

export function requireWhole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${name} is ${value}, expected a whole number of at least 1.`);
}
