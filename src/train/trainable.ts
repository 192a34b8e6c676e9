import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import type { Manifold } from "../parametrizations/parametrization.ts";
import type { Batch } from "../tasks/task.ts";

/** One array of parameters with its gradient; both stay at their place for the life of the model. */
export interface TrainableParameter {
  /** Unique, such as "layers.0.W.theta" or "head.bias". */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: FloatArray;
  readonly gradient: FloatArray;
  /** What the parameter does, for parameter groups: "recurrent", "input", "bias", "vector", "state", "head". */
  readonly role: string;
  /** Left as it is: not updated, not part of the gradient's norm. */
  readonly frozen?: boolean;
  /** What the values lie on and Riemannian optimisers keep them on. Default: nothing, they are free. */
  readonly manifold?: Manifold;
}

/** What training needs of a model; `Model` of `stiefel/nn` is one. */
export interface Trainable {
  readonly parameters: readonly TrainableParameter[];
  /** What parametrizations remember besides parameters; saved with them. */
  readonly buffers?: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Where optimisers on manifolds find fast matrix products. */
  readonly backend?: { readonly dense: DenseKernels };
  /** The batch's mean loss; fills every parameter's gradient. */
  gradient(batch: Batch): { readonly loss: number };
  /** The batch's mean loss and the outputs, without gradients. */
  loss(batch: Batch): { readonly loss: number; readonly outputs: FloatArray };
  /** To be called after parameter values were modified. */
  changed(): void;
  /** To be called instead after an optimiser's update. */
  updated?(): void;
}

/** The parameters that training changes. */
export function trainedParameters(parameters: readonly TrainableParameter[]): readonly TrainableParameter[] {
  return parameters.filter(({ frozen = false }) => !frozen);
}
