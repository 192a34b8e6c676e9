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
  /** Is θ the matrix itself, entry by entry? Then its parameter bears the matrix's name and shape. Default false. */
  readonly isIdentity?: boolean;
  /** Number of free real parameters for an n × n matrix. */
  parameterCount(n: number): number;
  /**
   * θ as several named parameters, one after another, when they want different optimisers: name → how many numbers.
   * Default: one, called `theta`.
   */
  parts?(n: number): Readonly<Record<string, number>>;
  /** The manifold θ itself lies on, for optimisers that stay on it. Default: none, θ is free. */
  manifold?(n: number): Manifold;
  /** A draw of θ [parameterCount(n)]. */
  initialize(n: number, random: RandomStream): Float64Array;
  /** The map for one size, with its workspace allocated once. Throws `UsageError` when n is impossible. */
  bind(n: number, kernels: DenseKernels): BoundParametrization;
}

/**
 * Matrices [rows × columns] with orthonormal columns (WᴴW = I), real or complex; square ones are O(n) and U(n). Complex
 * matrices are stored as all real parts, then all imaginary parts, row-major.
 */
export interface Manifold {
  readonly name: "stiefel";
  readonly field: "real" | "complex";
  readonly rows: number;
  readonly columns: number;
}

export interface BoundParametrization {
  /** weight ← W(θ): n² numbers, row-major; for a complex W 2n² numbers, Re W then Im W. */
  materialize(theta: FloatArray, weight: FloatArray): void;
  /**
   * thetaGradient ← (∂W/∂θ)ᵀ · ∂L/∂W at the θ of the latest `materialize`. For a complex W, ∂L/∂Re W then ∂L/∂Im W.
   */
  pullback(weightGradient: FloatArray, thetaGradient: FloatArray): void;
  /** What it remembers besides θ (a base point, iterated vectors), by name: live arrays, saved with the weights. */
  readonly buffers?: Readonly<Record<string, Float64Array>>;
  /** Called once after each update of θ by an optimiser: may move its buffers, and θ with them so that W stays. */
  updated?(theta: FloatArray): void;
  /**
   * A penalty on W that belongs to the loss, at the θ of the latest `materialize`: adds its gradient to thetaGradient and
   * returns its value.
   */
  penalty?(thetaGradient: FloatArray): number;
}
