import { openRun } from "../runs/run.ts";
import { evaluate } from "../train/evaluate.ts";
import { restoreModel } from "../train/training-state.ts";
import { interruptible } from "./interrupt.ts";
import { openExperiment, type RunOverrides } from "./open-experiment.ts";
import { table, writeJson, writeLine } from "./output.ts";

export interface EvaluateOptions extends RunOverrides {
  readonly split: "validation" | "test";
  readonly json?: boolean;
}

/** `stiefel evaluate`. Resolves to the exit code. */
export async function evaluateRun(folder: string, { split, json, ...overrides }: EvaluateOptions): Promise<number> {
  const run = openRun(folder);
  const checkpoint = run.readCheckpoint();
  const { task, model, config, notice } = openExperiment(run, overrides);
  const { signal, release } = interruptible();
  try {
    restoreModel(model, checkpoint);
    model.changed();
    const metrics = await evaluate(model, task, split, { batch: config.training.batch, signal });
    const { iteration } = checkpoint;
    if (json) {
      writeJson({
        event: "evaluation",
        run: run.folder,
        task: task.name,
        split,
        iteration,
        baseline: task.baseline,
        metrics,
      });
      return 0;
    }
    if (notice !== undefined) process.stderr.write(`stiefel: ${notice}\n`);
    writeLine(`${run.folder}, iteration ${iteration}, ${task.heldOutSize[split]} ${split} examples of ${task.name}`);
    writeLine(
      table(
        [...Object.entries(metrics), ["baseline", task.baseline] as const].map(([name, value]) => [
          name,
          String(value),
        ]),
      ),
    );
    return 0;
  } catch (error) {
    if (signal.aborted) return 1;
    throw error;
  } finally {
    release();
    model.dispose();
  }
}
