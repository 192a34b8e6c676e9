import { ShapeError, UsageError } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import { fillSkew, pullbackSkew, skewParameterCount } from "./skew.ts";
import { type SkewInitializer, type SkewInitializerName, skewInitializer } from "./skew-init.ts";

export interface ScaledCayleyOptions {
  /**
   * ρ, the number of −1 on D's diagonal: a fraction of n in [0, 1], rounded to the nearest integer, or a count (an integer
   * of at least 2). They take the last ρ positions, as in the authors' code. Default 0.5; det W = (−1)^ρ.
   */
  readonly negativeOnes?: number;
  /** The draw of A. Default `helfrich`. */
  readonly init?: SkewInitializer | SkewInitializerName;
}

/**
 * W = (I + A)⁻¹(I − A)·D = (2(I + A)⁻¹ − I)·D with A [n × n] skew-symmetric, D = diag(±1) fixed; θ [n(n−1)/2] is the strict
 * upper triangle of A in row order. W is orthogonal for every θ, and every orthogonal matrix has this form for some D
 * (Helfrich, Willmott and Ye, "Orthogonal Recurrent Neural Networks with Scaled Cayley Transform", ICML 2018, section 3).
 *
 * With M = (I + A)⁻¹ and G = ∂L/∂W: V = Mᵀ·G·(D + Wᵀ) = 2·Mᵀ(G·D)Mᵀ and ∂L/∂a_ij = (Vᵀ − V)_ij for i < j. One inverse per
 * `materialize` and two products per `pullback`, in float64.
 *
 * Throws `UsageError` when `negativeOnes` is negative, a broken number above 1, or above n.
 */
export function scaledCayley({ negativeOnes = 0.5, init = "helfrich" }: ScaledCayleyOptions = {}): Parametrization {
  if (!(negativeOnes >= 0) || (negativeOnes > 1 && !Number.isInteger(negativeOnes))) {
    throw new UsageError(
      `negativeOnes is ${negativeOnes}; give a fraction of the units from 0 to 1, or their count as an integer of at least 2.`,
    );
  }
  const draw = skewInitializer(init);
  return {
    name: "scaled-cayley",
    properties: { field: "real", isOrthogonal: true, isNormal: true, spectralNormBound: 1 },
    parameterCount: skewParameterCount,
    initialize: (n, random) => draw(n, random, (angle) => -Math.tan(angle / 2)),
    bind: (n, kernels) => bindCayley(n, n - countNegative(negativeOnes, n), kernels),
  };
}

function countNegative(negativeOnes: number, n: number): number {
  if (negativeOnes <= 1) return Math.round(negativeOnes * n);
  if (negativeOnes <= n) return negativeOnes;
  throw new UsageError(`negativeOnes is ${negativeOnes}, more than the ${n} units; give at most ${n}, or a fraction.`);
}

/** `positive`: the columns from here on are those of D's −1. */
function bindCayley(n: number, positive: number, kernels: DenseKernels): BoundParametrization {
  const shape = { m: n, k: n, n };
  const byTranspose = { ...shape, transposeB: true };
  const transposeFirst = { ...shape, transposeA: true };
  const inverse = new Float64Array(n * n);
  const left = new Float64Array(n * n);
  const right = new Float64Array(n * n);
  let materialized = false;
  return {
    materialize(theta, weight) {
      assertTheta("θ", theta, n);
      assertMatrix("scaled Cayley: W", weight, n, n);
      fillSkew(left, theta, n, 1);
      kernels.invert(inverse, left, n);
      materialized = true;
      for (let i = 0; i < n; i++) {
        const row = i * n;
        for (let j = row; j < row + positive; j++) weight[j] = 2 * inverse[j];
        for (let j = row + positive; j < row + n; j++) weight[j] = -2 * inverse[j];
        weight[row + i] = (2 * inverse[row + i] - 1) * (i < positive ? 1 : -1);
      }
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("scaled Cayley: ∂L/∂W", weightGradient, n, n);
      assertTheta("∂L/∂θ", thetaGradient, n);
      if (!materialized)
        throw new UsageError("The scaled Cayley pullback needs a θ to be taken at: materialize first.");
      for (let row = 0; row < n * n; row += n) {
        for (let j = row; j < row + positive; j++) left[j] = weightGradient[j];
        for (let j = row + positive; j < row + n; j++) left[j] = -weightGradient[j];
      }
      kernels.multiply(right, left, inverse, byTranspose);
      kernels.multiply(left, inverse, right, transposeFirst);
      pullbackSkew(thetaGradient, left, n, -2);
    },
  };
}

function assertTheta(what: string, theta: FloatArray, n: number): void {
  const expected = skewParameterCount(n);
  if (theta.length === expected) return;
  throw new ShapeError(
    `scaled Cayley: ${what} of ${n} units has ${expected} = n(n−1)/2 numbers, the strict upper triangle of A, but got ${theta.length}.`,
  );
}
