import { NonFiniteError, SingularMatrixError } from "../errors.ts";
import type { Checkpoint } from "../runs/checkpoint.ts";
import { lossCurve } from "../runs/loss-curve.ts";
import { modelCard } from "../runs/model-card.ts";
import type { Run } from "../runs/run.ts";
import type { Callback } from "./callback.ts";
import { checkpointer } from "./checkpointer.ts";
import { earlyStopping } from "./early-stopping.ts";
import { evaluate } from "./evaluate.ts";
import { type Experiment, optimizerOf, scheduleOf } from "./experiment.ts";
import { fit, type History } from "./fit.ts";
import { jsonlLogger } from "./loggers.ts";

export interface TrainRunOptions {
  /** Where to go on from. */
  readonly resume?: Checkpoint | undefined;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult {
  readonly history: History;
  /** Wall-clock seconds of training, over all resumptions. */
  readonly seconds: number;
  /** Of the test split; undefined when training or its evaluation was aborted. */
  readonly metrics: Readonly<Record<string, number>> | undefined;
}

/**
 * Trains an experiment in its run folder: metrics, checkpoints, and when it ends the test metrics, the loss curve `loss.svg`
 * and the model card.
 *
 * @throws NonFiniteError, SingularMatrixError when training diverges, naming the last good checkpoint
 * @throws RunError when the disk is full or the folder cannot be written; earlier checkpoints stay intact
 */
export async function trainRun(run: Run, experiment: Experiment, options: TrainRunOptions = {}): Promise<RunResult> {
  const { config, task, model } = experiment;
  const { callbacks = [], signal, resume } = options;
  const unlock = run.lock();
  try {
    // biome-ignore lint/suspicious/noFocusedTests: `fit` trains, it is no test
    const history = await fit(model, task, {
      ...config.training,
      optimizer: optimizerOf(config),
      clip: config.clip,
      schedule: scheduleOf(config),
      signal,
      resume,
      callbacks: [
        ...(config.training.earlyStopping === undefined ? [] : [earlyStopping(config.training.earlyStopping)]),
        jsonlLogger(run.metrics),
        ...callbacks,
        checkpointer(run, { ...config.checkpoint, state: { seed: config.seed, backend: model.backend.name } }),
      ],
    });
    const seconds = run.state()?.seconds ?? history.seconds;
    if (history.reason === "aborted") return { history, seconds, metrics: undefined };
    const metrics = await testMetrics(experiment, signal);
    if (metrics !== undefined) await writeReport(run, experiment, history, metrics);
    return { history, seconds, metrics };
  } catch (cause) {
    const kind = [NonFiniteError, SingularMatrixError].find((diverged) => cause instanceof diverged);
    if (kind !== undefined) throw new kind(`${(cause as Error).message} ${run.kept()}`, { cause });
    throw cause;
  } finally {
    unlock();
  }
}

/** Undefined when interrupted; resuming the run takes it up again. */
async function testMetrics(
  { model, task, config }: Experiment,
  signal: AbortSignal | undefined,
): Promise<Record<string, number> | undefined> {
  try {
    return await evaluate(model, task, "test", { batch: config.training.batch, signal });
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

async function writeReport(
  run: Run,
  { config, task, model }: Experiment,
  { iteration, loss }: History,
  metrics: Readonly<Record<string, number>>,
): Promise<void> {
  const { cell, units } = config.model;
  const title = `${task.name}, ${task.length} steps: ${cell.name} ${units}`;
  run.writeFile("loss.svg", await lossCurve(run.metrics.read(), { title, baseline: task.baseline }));
  const card = { name: run.name, config, parameters: model.parameterCount, iterations: iteration, loss, split: "test" };
  run.writeFile("README.md", modelCard({ ...card, baseline: task.baseline, metrics }));
}
