import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { resolveConfig } from "../runs/config/resolve.ts";
import { createRun, type Run } from "../runs/run.ts";
import { createExperiment, type Experiment } from "../train/experiment.ts";
import { showPlan } from "./plan.ts";
import { runTraining } from "./run-training.ts";

export interface TrainOptions {
  readonly recipe?: string;
  readonly cell?: string;
  readonly units?: number;
  readonly layers?: number;
  readonly set: readonly string[];
  readonly iterations?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly backend?: string;
  readonly threads?: number;
  readonly data?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `stiefel train`. Resolves to the exit code. */
export async function train(task: string | undefined, options: TrainOptions): Promise<number> {
  const { recipe, cell, units, layers, set, iterations, epochs, batch, seed, backend, threads, data } = options;
  const flags = {
    model: { ...(cell !== undefined && { cell: { name: cell } }), units, layers },
    training: { iterations, epochs, batch },
    seed,
    backend,
    threads,
    ...(data !== undefined && { data: resolve(data) }),
  };
  const experiment = createExperiment(resolveConfig({ task, recipe, flags, set }));
  if (options.dryRun) {
    showPlan(experiment, options);
    return 0;
  }
  const run = createRun(options.out ?? freeRunFolder(experiment), experiment.config);
  try {
    return await runTraining(run, experiment, { json: options.json });
  } catch (error) {
    removeUnbegun(run);
    throw error;
  }
}

/** `runs/TASK-CELL-TIME`, with a number when that is taken. */
function freeRunFolder({ config }: Experiment): string {
  const time = new Date(Date.now() - 60_000 * new Date().getTimezoneOffset()).toISOString();
  const stamp = time.slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  const name = join("runs", `${config.task.name}-${config.model.cell.name}-${stamp}`);
  for (let copy = 1; ; copy++) {
    const folder = copy === 1 ? name : `${name}-${copy}`;
    if (!existsSync(folder)) return folder;
  }
}

/** A run that failed before its first checkpoint or metric (too little memory, say) leaves no folder behind. */
function removeUnbegun(run: Run): void {
  try {
    const files = readdirSync(run.folder);
    const begun =
      files.some((file) => file !== "config.json" && file !== "metrics.jsonl") || run.metrics.read().length > 0;
    if (!begun) rmSync(run.folder, { recursive: true });
  } catch {
    // The error that led here is the one to report.
  }
}
