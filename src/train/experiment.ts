import { type Selection, selectBackend } from "../backends/select.ts";
import { createCell } from "../cells/registry.ts";
import { withStructure } from "../cells/with-structure.ts";
import { createModel, type Model } from "../nn/model.ts";
import type { ScheduleSpec } from "../optim/registry.ts";
import type { Config } from "../runs/config/config.ts";
import { findTask } from "../tasks/registry.ts";
import type { Task } from "../tasks/task.ts";
import { createOptimizer, type OptimizerConfig } from "./optimizer-config.ts";
import { countIterations } from "./training-length.ts";

/** A configuration come to life: what is to be trained, and on what. */
export interface Experiment {
  readonly config: Config;
  readonly task: Task;
  readonly model: Model;
  /** Updates of the whole training. */
  readonly iterations: number;
  /** Something to be said once, such as a missing compiler. */
  readonly notice: string | undefined;
}

/**
 * Task, backend and model of a configuration. Everything that can be wrong with it is found here, before a run is begun.
 *
 * @throws UsageError for options that do not fit one another
 * @throws DataError when the task's files are absent or corrupt
 * @throws BackendError when the backend does not work on this machine
 */
export function createExperiment(config: Config): Experiment {
  const { name: taskName, ...taskOptions } = config.task;
  const { name: cellName, ...cellOptions } = config.model.cell;
  const definition = findTask(taskName);
  const { structure, parametrization } = config.model;
  const cell = withStructure(createCell(cellName, cellOptions), { structure, parametrization });
  const { backend, notice }: Selection = selectBackend(config.backend);
  const task = definition.create(taskOptions, { seed: config.seed, dataDir: config.data });
  const iterations = countIterations(task, config.training);
  const { units, layers, initialState, checkpointing } = config.model;
  const layer = { cell, units, ...(initialState && { initialState }) };
  const model = createModel(
    { input: task.input, output: task.output, layers: Array.from({ length: layers }, () => layer) },
    {
      seed: config.seed,
      backend,
      checkpointing,
      prescribed: task.prescribed,
      ...(config.threads !== undefined && { threads: config.threads }),
      ...(config.memoryLimit !== undefined && { memoryLimit: config.memoryLimit }),
    },
  );
  createOptimizer(model.parameters, optimizerOf(config), {
    schedule: scheduleOf(config),
    iterations,
    kernels: backend.dense,
  });
  return { config, task, model, iterations, notice };
}

/** The configuration's optimiser as `fit` takes it. */
export function optimizerOf(config: Config): OptimizerConfig {
  return config.optimizer as unknown as OptimizerConfig;
}

/** The configuration's schedule as `fit` takes it. */
export function scheduleOf({ schedule }: Config): ScheduleSpec | undefined {
  return schedule as unknown as ScheduleSpec | undefined;
}
