import { UsageError } from "../errors.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { type InitializerSpec, weightInitializer } from "./initializer-registry.ts";
import type { Parametrization } from "./parametrization.ts";

export interface SymmetricSkewOptions {
  /** β in [0, 1], the share of the skew-symmetric part. Default 0.75. */
  readonly beta?: number;
  /** γ, subtracted from the diagonal. Default 0.001. */
  readonly gamma?: number;
  /** The draw of M [n × n]. Default Glorot normal. */
  readonly init?: InitializerSpec;
}

/**
 * W = β(M − Mᵀ) + (1 − β)(M + Mᵀ) − γI = M + (1 − 2β)Mᵀ − γI; θ [n²] is M, row-major (Erichson, Azencot, Queiruga, Hodgkinson
 * and Mahoney, "Lipschitz Recurrent Neural Networks", ICLR 2021, section 4). Symmetric at β = 0; at β = 1 skew-symmetric but
 * for γ, which `antisymmetric` has with half the parameters. The paper's W acts on columns; as `h @ W` it is the transpose,
 * which is W at Mᵀ: the same family. With G = ∂L/∂W: ∂L/∂M = G + (1 − 2β)Gᵀ.
 *
 * Throws `UsageError` unless 0 ≤ β ≤ 1 and γ is finite.
 */
export function symmetricSkew({
  beta = 0.75,
  gamma = 0.001,
  init = "glorot-normal",
}: SymmetricSkewOptions = {}): Parametrization {
  if (!(beta >= 0 && beta <= 1)) throw new UsageError(`symmetric-skew has beta = ${beta}; give a number from 0 to 1.`);
  if (!Number.isFinite(gamma)) throw new UsageError(`symmetric-skew has gamma = ${gamma}; give a finite number.`);
  const draw = weightInitializer(init);
  const back = 1 - 2 * beta;
  return {
    name: "symmetric-skew",
    properties: {
      field: "real",
      isOrthogonal: false,
      isNormal: beta === 0 || beta === 1,
      spectralNormBound: Number.POSITIVE_INFINITY,
    },
    parameterCount: (n) => n * n,
    initialize: (n, random) => draw({ fanIn: n, fanOut: n }, random),
    bind: (n) => ({
      materialize(theta, weight) {
        assertMatrix("symmetric-skew: θ", theta, n, n);
        assertMatrix("symmetric-skew: W", weight, n, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) weight[i * n + j] = theta[i * n + j] + back * theta[j * n + i];
          weight[i * n + i] = (1 + back) * theta[i * n + i] - gamma;
        }
      },
      pullback(weightGradient, thetaGradient) {
        assertMatrix("symmetric-skew: ∂L/∂W", weightGradient, n, n);
        assertMatrix("symmetric-skew: ∂L/∂θ", thetaGradient, n, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            thetaGradient[i * n + j] = weightGradient[i * n + j] + back * weightGradient[j * n + i];
          }
        }
      },
    }),
  };
}
