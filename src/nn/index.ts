/**
 * Models: an input, recurrent layers and a dense head, compiled for a backend.
 *
 * @module
 */
export {
  type CheckGradientOptions,
  checkGradient,
  type Differentiable,
  type GradientCheck,
} from "./check-gradient.ts";
export { createModel, Model, type ModelOptions } from "./model.ts";
export type { Parameter, ParameterRole } from "./parameters.ts";
export type { ModelState } from "./runner.ts";
export type { Batch, InputSpec, LayerSpec, ModelSpec, OutputSpec, PrescribedValues } from "./spec.ts";
