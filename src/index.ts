/**
 * Recurrent networks whose memory neither explodes nor fades: define a cell as an equation, train it at the machine's
 * speed. This entry holds what most programs need; `stiefel/expr`, `/cells`, `/maps`,
 * `/parametrizations`, `/optim`, `/nn`, `/analysis`, `/tasks`, `/data`, `/train`, `/runs`, `/linalg` and `/backends` hold
 * the rest of each part.
 *
 * @module
 */
export { type Capacity, capacity, mapCapacity } from "./analysis/index.ts";
export { type BackendName, type Selection, selectBackend } from "./backends/select.ts";
export {
  antisymmetric,
  type Cell,
  type CellDefinition,
  complexProjection,
  complexRecurrent,
  complexState,
  cornn,
  createCell,
  defineCell,
  dtriv,
  eurnn,
  exprnn,
  fcurnn,
  goru,
  gru,
  indrnn,
  irnn,
  kru,
  lipschitz,
  lru,
  lstm,
  mingru,
  minlstm,
  nnrnn,
  ornn,
  perUnit,
  projection,
  real,
  recurrent,
  rnn,
  scornn,
  scurnn,
  svdrnn,
  urnn,
  withStructure,
} from "./cells/index.ts";
export { type CreateModelOptions, createModel } from "./create-model.ts";
export {
  BackendError,
  ConvergenceError,
  DataError,
  MemoryLimitError,
  NonFiniteError,
  RunError,
  ShapeError,
  SingularMatrixError,
  StiefelError,
  UsageError,
} from "./errors.ts";
export type { Complex } from "./expr/complex.ts";
export { modReLU } from "./expr/modrelu.ts";
export type { Real } from "./expr/node.ts";
export {
  abs,
  add,
  complex,
  conjugate,
  cos,
  div,
  exp,
  greater,
  less,
  log,
  max,
  min,
  mul,
  neg,
  relu,
  select,
  sigmoid,
  sign,
  sin,
  sqrt,
  sub,
  tanh,
} from "./expr/ops.ts";
export { type FloatArray, orthogonalityResidual, unitarityResidual } from "./linalg/index.ts";
export {
  type Batch,
  type CheckGradientOptions,
  checkGradient,
  type GradientCheck,
  type InputSpec,
  type LayerSpec,
  type Model,
  type ModelSpec,
  type ModelState,
  type OutputSpec,
  type Parameter,
} from "./nn/index.ts";
export {
  adagrad,
  adam,
  adamw,
  type Optimizer,
  riemannianAdam,
  riemannianRmsprop,
  riemannianSgd,
  rmsprop,
  sgd,
} from "./optim/index.ts";
export {
  complexCayley,
  free,
  fullOrthogonal,
  fullUnitary,
  type Parametrization,
  scaledCayley,
} from "./parametrizations/index.ts";
export { loadWeights, saveWeights } from "./runs/weights.ts";
export { adding, copying, pixelMnist, systemIdentification, type Task } from "./tasks/index.ts";
export {
  type Callback,
  csvLogger,
  type EvaluateOptions,
  earlyStopping,
  evaluate,
  type FitOptions,
  fit,
  type History,
  jsonlLogger,
  predict,
  progress,
} from "./train/index.ts";
