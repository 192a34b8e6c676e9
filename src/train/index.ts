/**
 * Training: the loop with its callbacks, evaluation, and runs that can be resumed to the same bits.
 *
 * @module
 */
export * from "../runs/index.ts";
export type {
  BatchResult,
  Callback,
  CallbackState,
  EndReason,
  EpochResult,
  TrainingContext,
  ValidationResult,
} from "./callback.ts";
export { type CheckpointerOptions, checkpointer } from "./checkpointer.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export { type EvaluateOptions, evaluate, predict } from "./evaluate.ts";
export { createExperiment, type Experiment } from "./experiment.ts";
export { type FitOptions, fit, type History } from "./fit.ts";
export { csvLogger, jsonlLogger, type LoggerOptions } from "./loggers.ts";
export type { GroupOverride, OptimizerConfig, RoleOverrides } from "./optimizer-config.ts";
export { type ProgressOptions, type ProgressStream, progress } from "./progress.ts";
export { type RunResult, type TrainRunOptions, trainRun } from "./train-run.ts";
export type { Trainable, TrainableParameter } from "./trainable.ts";
export { restoreModel } from "./training-state.ts";
