import { UsageError } from "../errors.ts";
import { matrixExponential } from "../linalg/exponential.ts";
import { fieldKernels } from "../linalg/field.ts";
import type { DenseKernels } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { polarProjection } from "../linalg/polar.ts";
import { assertParameters } from "./lengths.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import { fillSkew, pullbackSkew, skewParameterCount } from "./skew.ts";
import { type SkewInitializer, type SkewInitializerName, skewInitializer } from "./skew-init.ts";

export interface ExponentialOptions {
  /** The draw of A, whose entries are the angles themselves. Default `henaff`. */
  readonly init?: SkewInitializer | SkewInitializerName;
}

/**
 * W = exp(A) with A [n × n] skew-symmetric; θ [n(n−1)/2] is the strict upper triangle of A in row order. W is orthogonal with
 * det W = 1 for every θ, and every such matrix has this form (Lezcano-Casado and Martínez-Rubio, "Cheap Orthogonal
 * Constraints in Neural Networks", ICML 2019).
 *
 * With F the adjoint of exp's derivative at A applied to ∂L/∂W: ∂L/∂a_ij = F_ij − F_ji for i < j, in float64.
 */
export function exponential({ init = "henaff" }: ExponentialOptions = {}): Parametrization {
  const draw = skewInitializer(init);
  return {
    name: "exponential",
    properties: { field: "real", isOrthogonal: true, isNormal: true, spectralNormBound: 1 },
    parameterCount: skewParameterCount,
    initialize: (n, random) => draw(n, random, (angle) => angle),
    bind: bindExponential,
  };
}

function bindExponential(n: number, kernels: DenseKernels): BoundParametrization {
  const count = skewParameterCount(n);
  const meaning = "n(n−1)/2, the strict upper triangle of A";
  const map = matrixExponential(n, kernels, { skew: true });
  const project = polarProjection(fieldKernels("real", kernels), n, n);
  const a = new Float64Array(n * n);
  const value = new Float64Array(n * n);
  let materialized = false;
  return {
    materialize(theta, weight) {
      assertParameters("exponential: θ", theta, count, n, meaning);
      assertMatrix("exponential: W", weight, n, n);
      fillSkew(a, theta, n, 0);
      map.exponential(value, a);
      // Each squaring doubles the rounding errors of ‖WᵀW − I‖.
      if (map.squarings > TRUSTED_SQUARINGS) project(value);
      weight.set(value);
      materialized = true;
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("exponential: ∂L/∂W", weightGradient, n, n);
      assertParameters("exponential: ∂L/∂θ", thetaGradient, count, n, meaning);
      if (!materialized)
        throw new UsageError("The exponential's pullback needs a θ to be taken at: materialize first.");
      value.set(weightGradient);
      map.adjoint(a, value);
      pullbackSkew(thetaGradient, a, n, 1);
    },
  };
}

/** 2⁴ roundings are still far below float32's. */
const TRUSTED_SQUARINGS = 4;
