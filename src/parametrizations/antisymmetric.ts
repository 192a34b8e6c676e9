import { UsageError } from "../errors.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { assertParameters } from "./lengths.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import { fillSkew, pullbackSkew, skewParameterCount } from "./skew.ts";

export interface AntisymmetricOptions {
  /** γ, the diffusion, which moves all eigenvalues to the real part −γ. Default 0.01. */
  readonly gamma?: number;
  /** Standard deviation of the draw, times √n, of M's entries. Default 1. */
  readonly std?: number;
}

/**
 * W = M − Mᵀ − γI with M [n × n] strictly upper triangular; θ [n(n−1)/2] is its triangle in row order, that of the
 * skew-symmetric W + γI (Chang, Chen, Haber and Chi, "AntisymmetricRNN: A Dynamical System View on Recurrent Neural
 * Networks", ICLR 2019, section 3). Every eigenvalue has the real part −γ. The paper's W acts on columns; as `h @ W` it is
 * the transpose, which is W at −θ: the same family.
 *
 * θ_k = m_ij − m_ji of two draws from N(0, std²/n). Throws `UsageError` unless γ is finite and std is not negative.
 */
export function antisymmetric({ gamma = 0.01, std = 1 }: AntisymmetricOptions = {}): Parametrization {
  if (!Number.isFinite(gamma)) throw new UsageError(`antisymmetric has gamma = ${gamma}; give a finite number.`);
  if (!(std >= 0) || std === Number.POSITIVE_INFINITY) {
    throw new UsageError(`antisymmetric has std = ${std}; give a finite number of at least 0.`);
  }
  return {
    name: "antisymmetric",
    properties: { field: "real", isOrthogonal: false, isNormal: true, spectralNormBound: Number.POSITIVE_INFINITY },
    parameterCount: skewParameterCount,
    initialize: (n, random) =>
      Float64Array.from({ length: skewParameterCount(n) }, () => std * Math.sqrt(2 / n) * random.normal()),
    bind: (n) => bindAntisymmetric(n, gamma),
  };
}

function bindAntisymmetric(n: number, gamma: number): BoundParametrization {
  const count = skewParameterCount(n);
  const meaning = "n(n−1)/2, the strict upper triangle";
  const matrix = new Float64Array(n * n);
  return {
    materialize(theta, weight) {
      assertParameters("antisymmetric: θ", theta, count, n, meaning);
      assertMatrix("antisymmetric: W", weight, n, n);
      fillSkew(matrix, theta, n, -gamma);
      weight.set(matrix);
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("antisymmetric: ∂L/∂W", weightGradient, n, n);
      assertParameters("antisymmetric: ∂L/∂θ", thetaGradient, count, n, meaning);
      matrix.set(weightGradient);
      pullbackSkew(thetaGradient, matrix, n, 1);
    },
  };
}
