export { type AddingOptions, adding, addingOptions } from "./adding.ts";
export { type CopyingOptions, copying, copyingOptions } from "./copying.ts";
export { accuracyMetrics, normalizedSquaredErrorMetrics, squaredErrorMetrics } from "./metrics.ts";
export { type PixelMnistOptions, pixelMnist, pixelMnistOptions } from "./pixel-mnist.ts";
export { findTask, type TaskContext, type TaskDefinition, tasks } from "./registry.ts";
export {
  type SystemIdentificationOptions,
  systemIdentification,
  systemIdentificationOptions,
} from "./system-identification.ts";
export type { Batch, BatchBuffers, InputSpec, OutputSpec, Split, Task, TaskMetrics } from "./task.ts";
export { type UnitarySystemName, type UnitarySystemOptions, unitarySystem } from "./unitary-system.ts";
