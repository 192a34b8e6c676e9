import type { Run } from "../runs/run.ts";
import type { Callback, TrainingContext } from "./callback.ts";

export interface CheckpointerOptions {
  readonly everyIterations?: number | undefined;
  /** Default 30; null for never by time. */
  readonly everySeconds?: number | null | undefined;
  /** More for `state.json`. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/**
 * Writes the run's checkpoint every so many iterations or seconds, whichever comes first, and at the end, also one by
 * Ctrl-C. The last of the callbacks, so that it sees what the others left.
 */
export function checkpointer(
  run: Run,
  { everyIterations, everySeconds = 30, state = {} }: CheckpointerOptions = {},
): Callback {
  const secondsBefore = run.state()?.seconds ?? 0;
  let started = 0;
  let saved = 0;
  let first = 0;

  const save = (context: TrainingContext, finished: boolean) => {
    const { iteration, iterations, meanLoss, task } = context;
    run.writeCheckpoint(context.checkpoint(), {
      iteration,
      iterations,
      finished,
      seconds: secondsBefore + (performance.now() - started) / 1000,
      loss: meanLoss,
      baseline: task.baseline,
      ...state,
      randomStreams: "Every draw follows from config.json's seed and the iteration.",
      contains: "This file is for people; checkpoint.safetensors holds parameters, optimiser and iteration.",
    });
    saved = performance.now();
  };

  return {
    onTrainBegin({ iteration }) {
      first = iteration;
      started = performance.now();
      saved = started;
    },
    onIterationEnd(context) {
      const { iteration, iterations } = context;
      const byIteration = everyIterations !== undefined && iteration % everyIterations === 0;
      const byTime = everySeconds !== null && performance.now() - saved >= everySeconds * 1000;
      if ((byIteration || byTime) && iteration < iterations) save(context, false);
    },
    onTrainEnd(context, reason) {
      // Without an update there is nothing that the files do not hold already.
      if (reason !== "failed" && context.iteration > first) save(context, reason !== "aborted");
    },
  };
}
