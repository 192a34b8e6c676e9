import { assertMatrix } from "../linalg/matrix.ts";
import { type InitializerSpec, weightInitializer } from "./initializer-registry.ts";
import type { Parametrization } from "./parametrization.ts";

export interface FreeOptions {
  /** The draw of W [n × n]. Default Glorot uniform. */
  readonly init?: InitializerSpec;
}

/** W = θ: all n² entries are free, row-major. */
export function free({ init = "glorot-uniform" }: FreeOptions = {}): Parametrization {
  const draw = weightInitializer(init);
  return {
    name: "free",
    isIdentity: true,
    properties: { field: "real", isOrthogonal: false, isNormal: false, spectralNormBound: Number.POSITIVE_INFINITY },
    parameterCount: (n) => n * n,
    initialize: (n, random) => draw({ fanIn: n, fanOut: n }, random),
    bind: (n) => ({
      materialize(theta, weight) {
        assertMatrix("free: θ", theta, n, n);
        assertMatrix("free: W", weight, n, n);
        weight.set(theta);
      },
      pullback(weightGradient, thetaGradient) {
        assertMatrix("free: ∂L/∂W", weightGradient, n, n);
        assertMatrix("free: ∂L/∂θ", thetaGradient, n, n);
        thetaGradient.set(weightGradient);
      },
    }),
  };
}
