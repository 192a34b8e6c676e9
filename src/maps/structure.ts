import type { BoundMap } from "../compile/operators.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { RandomStream } from "../random/stream.ts";

/**
 * The structure of a recurrent map: which linear operators it is made of, and how many weights they have. How its weights
 * come from free parameters is the business of a parametrization, or of the structure's own `coordinates`.
 */
export interface Structure {
  readonly name: string;
  readonly field: "real" | "complex";
  /** For vectors of `units` numbers, under the name of a map. Throws `UsageError` when no such map has that size. */
  bind(name: string, units: number): BoundStructure;
}

export interface BoundStructure extends BoundMap {
  readonly weights: WeightLayout;
  /** Real multiplications and additions to apply it to one row. */
  readonly flopsPerRow: number;
}

/** What the weights of all operators, one after another in their order, consist of. */
export type WeightLayout =
  /** `count` square matrices [size × size], row-major; a complex one as all real parts, then all imaginary parts. */
  | { readonly kind: "matrices"; readonly count: number; readonly size: number }
  | { readonly kind: "coordinates"; readonly coordinates: Coordinates };

/** Weights of a structure as a function of its free numbers θ. */
export interface Coordinates {
  readonly parameterCount: number;
  readonly weightCount: number;
  /** WᴴW = I for every θ. */
  readonly isUnitary: boolean;
  /** Are θ the weights themselves? */
  readonly isIdentity: boolean;
  initialize(random: RandomStream): Float64Array;
  materialize(theta: FloatArray, weights: FloatArray): void;
  /** thetaGradient ← (∂weights/∂θ)ᵀ · weightGradient, at the θ of the latest `materialize`. */
  pullback(weightGradient: FloatArray, thetaGradient: FloatArray): void;
  /** A penalty that belongs to the loss, at the θ of the latest `materialize`: adds its gradient and returns its value. */
  penalty?(thetaGradient: FloatArray): number;
}

/** θ are the weights; `draw` is where they start. */
export function freeCoordinates(count: number, draw: (random: RandomStream) => Float64Array): Coordinates {
  return {
    parameterCount: count,
    weightCount: count,
    isUnitary: false,
    isIdentity: true,
    initialize: draw,
    materialize: (theta, weights) => weights.set(theta),
    pullback: (weightGradient, thetaGradient) => thetaGradient.set(weightGradient),
  };
}
