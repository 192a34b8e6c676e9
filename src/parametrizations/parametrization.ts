import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import type { RandomStream } from "../random/stream.ts";

/** What shared code may know about the W a parametrization produces; it never asks for the class. */
export interface MatrixProperties {
  readonly field: "real" | "complex";
  /** WᴴW = I for every θ. */
  readonly isOrthogonal: boolean;
  /** WᴴW = WWᴴ for every θ. */
  readonly isNormal: boolean;
  /** Upper bound of ‖W‖₂ over all θ; Infinity when there is none. */
  readonly spectralNormBound: number;
}

/**
 * A recurrent matrix W [n × n], used as `h @ W`, as a differentiable function of free parameters θ.
 * `materialize` runs once per update, never per time step.
 */
export interface Parametrization {
  readonly name: string;
  readonly properties: MatrixProperties;
  /** Number of free real parameters for an n × n matrix. */
  parameterCount(n: number): number;
  /** A draw of θ [parameterCount(n)]. */
  initialize(n: number, random: RandomStream): Float64Array;
  /** The map for one size, with its workspace allocated once. Throws `UsageError` when n is impossible. */
  bind(n: number, kernels: DenseKernels): BoundParametrization;
}

export interface BoundParametrization {
  /** weight ← W(θ). */
  materialize(theta: FloatArray, weight: FloatArray): void;
  /** thetaGradient ← (∂W/∂θ)ᵀ · ∂L/∂W at the θ of the latest `materialize`. */
  pullback(weightGradient: FloatArray, thetaGradient: FloatArray): void;
}
