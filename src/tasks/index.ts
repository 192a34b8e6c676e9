export { type AddingOptions, adding, addingOptions } from "./adding.ts";
export { type CopyingOptions, copying, copyingOptions } from "./copying.ts";
export { accuracyMetrics, squaredErrorMetrics } from "./metrics.ts";
export { type PixelMnistOptions, pixelMnist, pixelMnistOptions } from "./pixel-mnist.ts";
export { findTask, type TaskContext, type TaskDefinition, tasks } from "./registry.ts";
export type { Batch, BatchBuffers, InputSpec, OutputSpec, Split, Task, TaskMetrics } from "./task.ts";
