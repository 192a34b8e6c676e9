export { type AdagradOptions, adagrad } from "./adagrad.ts";
export { type AdamOptions, adam, adamw } from "./adam.ts";
export { clipElementwise, clipGlobalNorm } from "./clipping.ts";
export {
  flattenParameters,
  type GroupContext,
  type GroupedOptimizer,
  type ParameterGroup,
  type ParameterTree,
  parameterGroups,
} from "./groups.ts";
export type { NamePattern } from "./names.ts";
export type { Optimizer, OptimizerState, Precision, StateOptions } from "./optimizer.ts";
export {
  type OptimizerName,
  type OptimizerSpec,
  optimizer,
  optimizers,
  type ScheduleName,
  type ScheduleSpec,
  schedule,
  schedules,
} from "./registry.ts";
export {
  generator,
  projectTangent,
  type RetractionName,
  type RiemannianAdamOptions,
  type RiemannianOptions,
  type RiemannianRmspropOptions,
  type RiemannianSgdOptions,
  retractions,
  riemannianAdam,
  riemannianRmsprop,
  riemannianSgd,
  type SecondMoment,
} from "./riemannian/index.ts";
export {
  type EpsilonPlacement,
  type RmspropConvention,
  type RmspropOptions,
  type RmspropPreset,
  rmsprop,
  rmspropPresets,
} from "./rmsprop.ts";
export {
  constant,
  cosine,
  exponential,
  linear,
  linearWarmup,
  piecewise,
  product,
  type Schedule,
  stepDecay,
} from "./schedules.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
