import { openRun } from "../runs/run.ts";
import { openExperiment, type RunOverrides } from "./open-experiment.ts";
import { runTraining } from "./run-training.ts";

export interface ResumeOptions extends RunOverrides {
  readonly previous?: boolean;
  readonly json?: boolean;
}

/** `stiefel resume`. Resolves to the exit code. */
export async function resume(folder: string, options: ResumeOptions): Promise<number> {
  const run = openRun(folder);
  const checkpoint = run.hasCheckpoint() ? run.readCheckpoint({ previous: options.previous ?? false }) : undefined;
  const experiment = openExperiment(run, options);
  const before = run.state()?.backend;
  const now = experiment.model.backend.name;
  if (before !== undefined && before !== now) {
    process.stderr.write(
      `stiefel: this run was trained on ${before}; ${now} rounds differently, so expect other bits.\n`,
    );
  }
  return runTraining(run, experiment, { json: options.json, resume: checkpoint });
}
