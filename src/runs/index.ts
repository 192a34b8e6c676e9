/**
 * The run store: folders with configuration, metrics and checkpoints, and the safetensors format.
 *
 * @module
 */
export { type Checkpoint, encodeCheckpoint, parseCheckpoint, readCheckpointFile } from "./checkpoint.ts";
export { type Config, type ModelConfig, parseConfig, type TrainingConfig } from "./config/config.ts";
export { listRecipes, type Recipe, readRecipe } from "./config/recipes.ts";
export { type ConfigSources, resolveConfig } from "./config/resolve.ts";
export { type LossCurveOptions, lossCurve } from "./loss-curve.ts";
export { type MetricsLine, MetricsLog } from "./metrics-log.ts";
export { type ModelCard, modelCard } from "./model-card.ts";
export { createRun, openRun, Run, type RunState } from "./run.ts";
export {
  encodeSafetensors,
  parseSafetensors,
  type Safetensors,
  type Tensor,
  type TensorData,
  type TensorType,
} from "./safetensors.ts";
export { loadWeights, saveWeights } from "./weights.ts";
