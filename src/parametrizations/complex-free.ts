import { assertMatrix } from "../linalg/matrix.ts";
import { type ComplexInitializer, type ComplexInitializerName, complexInitializer } from "./complex-init.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";

export interface ComplexFreeOptions {
  /** The draw of W [n × n]. Default a circular Gaussian of variance 1/n. */
  readonly init?: ComplexInitializer | ComplexInitializerName;
}

/** Complex W = θ: all 2n² numbers are free, Re W row-major, then Im W. */
export function complexFree({ init = "glorot" }: ComplexFreeOptions = {}): Parametrization {
  return {
    name: "complex-free",
    isIdentity: true,
    properties: { field: "complex", isOrthogonal: false, isNormal: false, spectralNormBound: Number.POSITIVE_INFINITY },
    parameterCount: (n) => 2 * n * n,
    initialize: complexInitializer(init),
    bind: (n) => bindCopy("complex free", n, 2 * n),
  };
}

/** W = θ as stored. */
export function bindCopy(name: string, rows: number, columns: number): BoundParametrization {
  return {
    materialize(theta, weight) {
      assertMatrix(`${name}: θ`, theta, rows, columns);
      assertMatrix(`${name}: W`, weight, rows, columns);
      weight.set(theta);
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix(`${name}: ∂L/∂W`, weightGradient, rows, columns);
      assertMatrix(`${name}: ∂L/∂θ`, thetaGradient, rows, columns);
      thetaGradient.set(weightGradient);
    },
  };
}
