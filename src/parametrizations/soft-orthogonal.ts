import { UsageError } from "../errors.ts";
import type { DenseKernels } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { type InitializerSpec, weightInitializer } from "./initializer-registry.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";

export interface SoftOrthogonalOptions {
  /** λ, the weight of the penalty. Default 0.01. */
  readonly strength?: number;
  /** The draw of W [n × n]. Default `orthogonal`. */
  readonly init?: InitializerSpec;
}

/**
 * W = θ [n²], row-major, with the penalty λ‖WᵀW − I‖²_F, whose gradient is 4λ·W(WᵀW − I) (Vorontsov, Trabelsi, Kadoury and
 * Pal, "On Orthogonality and Learning Recurrent Networks with Long Term Dependencies", ICML 2017, section 2.3). W is near an
 * orthogonal matrix, not one. Throws `UsageError` unless λ is finite and not negative.
 */
export function softOrthogonal({ strength = 0.01, init = "orthogonal" }: SoftOrthogonalOptions = {}): Parametrization {
  if (!(strength >= 0) || strength === Number.POSITIVE_INFINITY) {
    throw new UsageError(`soft-orthogonal has strength = ${strength}; give a finite number of at least 0.`);
  }
  const draw = weightInitializer(init);
  return {
    name: "soft-orthogonal",
    properties: { field: "real", isOrthogonal: false, isNormal: false, spectralNormBound: Number.POSITIVE_INFINITY },
    parameterCount: (n) => n * n,
    initialize: (n, random) => draw({ fanIn: n, fanOut: n }, random),
    bind: (n, kernels) => bindSoftOrthogonal(n, kernels, strength),
  };
}

function bindSoftOrthogonal(n: number, kernels: DenseKernels, strength: number): BoundParametrization {
  const shape = { m: n, k: n, n };
  const w = new Float64Array(n * n);
  const defect = new Float64Array(n * n);
  const product = new Float64Array(n * n);
  let materialized = false;
  return {
    materialize(theta, weight) {
      assertMatrix("soft-orthogonal: θ", theta, n, n);
      assertMatrix("soft-orthogonal: W", weight, n, n);
      w.set(theta);
      weight.set(theta);
      materialized = true;
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("soft-orthogonal: ∂L/∂W", weightGradient, n, n);
      assertMatrix("soft-orthogonal: ∂L/∂θ", thetaGradient, n, n);
      thetaGradient.set(weightGradient);
    },
    penalty(thetaGradient) {
      assertMatrix("soft-orthogonal: ∂L/∂θ", thetaGradient, n, n);
      if (!materialized) throw new UsageError("soft-orthogonal: the penalty needs a θ: materialize first.");
      kernels.multiply(defect, w, w, { ...shape, transposeA: true });
      for (let i = 0; i < n; i++) defect[i * n + i] -= 1;
      kernels.multiply(product, w, defect, shape);
      let sum = 0;
      for (let i = 0; i < w.length; i++) {
        sum += defect[i] ** 2;
        thetaGradient[i] += 4 * strength * product[i];
      }
      return strength * sum;
    },
  };
}
