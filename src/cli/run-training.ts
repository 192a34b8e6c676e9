import type { Checkpoint } from "../runs/checkpoint.ts";
import type { Run } from "../runs/run.ts";
import type { Experiment } from "../train/experiment.ts";
import { trainRun } from "../train/train-run.ts";
import { interruptible } from "./interrupt.ts";
import { jsonReporter } from "./json-reporter.ts";
import { textReporter } from "./text-reporter.ts";

/** Trains in a run folder under the eyes of a reporter. Resolves to the exit code: 1 when interrupted. */
export async function runTraining(
  run: Run,
  experiment: Experiment,
  options: { readonly json?: boolean | undefined; readonly resume?: Checkpoint | undefined },
): Promise<number> {
  const reporter = options.json ? jsonReporter(run, experiment) : textReporter(run, experiment);
  const { signal, release } = interruptible();
  try {
    reporter.start(options.resume?.iteration ?? 0);
    const { callback } = reporter;
    const result = await trainRun(run, experiment, { resume: options.resume, callbacks: [callback], signal });
    if (result.metrics === undefined) {
      reporter.interrupted(result.history.iteration);
      return 1;
    }
    reporter.end({ ...result, metrics: result.metrics });
    return 0;
  } finally {
    release();
    experiment.model.dispose();
  }
}
