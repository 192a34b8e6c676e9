import { UsageError } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import type { RandomStream } from "../random/stream.ts";
import { assertParameters } from "./lengths.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";

export interface HouseholderOptions {
  /** m, the number of reflections: an integer from 1 to n. Default n. */
  readonly reflections?: number;
}

/**
 * W = H₁·H₂ ⋯ H_m, Hⱼ = I − 2·vⱼvⱼᵀ/‖vⱼ‖², where vⱼ [n] begins with j − 1 zeros (Mhammedi, Hellicar, Rahman and Bailey,
 * "Efficient Orthogonal Parametrisation of Recurrent Neural Networks Using Householder Reflections", ICML 2017). θ holds
 * the rest of v₁, then of v₂, …: m·n − m(m−1)/2 numbers. Only the direction of vⱼ matters; where it is zero Hⱼ is I. W is
 * orthogonal with det W = (−1)^m for every θ; m = n reaches all such matrices, and its H_n is diag(1, …, 1, −1) whatever θ.
 *
 * Materialised as I − V·T·Vᵀ, V [n × m] of unit columns, T⁻¹ = the strict upper triangle of VᵀV plus I/2. With G = ∂L/∂W:
 * ∂L/∂V = −G·V·Tᵀ − Gᵀ·V·T + V·(R + Rᵀ), R the strict upper triangle of Tᵀ·Vᵀ·G·V·Tᵀ.
 *
 * The draw is Gaussian of unit norm. Throws `UsageError` when `reflections` is impossible.
 */
export function householder({ reflections }: HouseholderOptions = {}): Parametrization {
  if (reflections !== undefined && !(Number.isInteger(reflections) && reflections >= 1)) {
    throw new UsageError(`reflections is ${reflections}; give an integer from 1 to the number of units.`);
  }
  const countFor = (n: number): number => {
    if (reflections === undefined || reflections <= n) return reflections ?? n;
    throw new UsageError(`reflections is ${reflections}, more than the ${n} units; give an integer from 1 to ${n}.`);
  };
  return {
    name: "householder",
    properties: { field: "real", isOrthogonal: true, isNormal: true, spectralNormBound: 1 },
    parameterCount: (n) => parameterCount(n, countFor(n)),
    initialize: (n, random) => initialize(n, countFor(n), random),
    bind: (n, kernels) => bindHouseholder(n, countFor(n), kernels),
  };
}

function parameterCount(n: number, m: number): number {
  return m * n - (m * (m - 1)) / 2;
}

function initialize(n: number, m: number, random: RandomStream): Float64Array {
  const theta = Float64Array.from({ length: parameterCount(n, m) }, () => random.normal());
  for (let j = 0, at = 0; j < m; at += n - j, j++) {
    const vector = theta.subarray(at, at + n - j);
    const norm = Math.hypot(...vector);
    for (let i = 0; i < vector.length; i++) vector[i] /= norm;
  }
  return theta;
}

function bindHouseholder(n: number, m: number, kernels: DenseKernels): BoundParametrization {
  const count = parameterCount(n, m);
  const meaning = "mn − m(m−1)/2, the reflection vectors without their leading zeros";
  const tall = () => new Float64Array(n * m);
  const [v, vt, gvt, g2vt, product] = [tall(), tall(), tall(), tall(), tall()];
  const [t, inner, innerT] = [new Float64Array(m * m), new Float64Array(m * m), new Float64Array(m * m)];
  const square = new Float64Array(n * n);
  const norms = new Float64Array(m);
  let materialized = false;
  return {
    materialize(theta, weight) {
      assertParameters("Householder: θ", theta, count, n, meaning);
      assertMatrix("Householder: W", weight, n, n);
      fillVectors(v, norms, theta, n);
      kernels.multiply(inner, v, v, { m, k: n, n: m, transposeA: true });
      for (let i = 0; i < m; i++) {
        inner.fill(0, i * m, i * m + i);
        inner[i * m + i] = 0.5;
      }
      kernels.invert(t, inner, m);
      kernels.multiply(vt, v, t, { m: n, k: m, n: m });
      kernels.multiply(square, vt, v, { m: n, k: m, n, transposeB: true });
      for (let i = 0; i < square.length; i++) weight[i] = 0 - square[i];
      for (let i = 0; i < n; i++) weight[i * n + i] = 1 - square[i * n + i];
      materialized = true;
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("Householder: ∂L/∂W", weightGradient, n, n);
      assertParameters("Householder: ∂L/∂θ", thetaGradient, count, n, meaning);
      if (!materialized) throw new UsageError("The Householder pullback needs a θ to be taken at: materialize first.");
      square.set(weightGradient);
      kernels.multiply(product, square, v, { m: n, k: n, n: m });
      kernels.multiply(gvt, product, t, { m: n, k: m, n: m, transposeB: true });
      kernels.multiply(g2vt, square, vt, { m: n, k: n, n: m, transposeA: true });
      kernels.multiply(inner, vt, gvt, { m, k: n, n: m, transposeA: true });
      for (let i = 0; i < m; i++) {
        innerT[i * m + i] = 0;
        for (let j = i + 1; j < m; j++) {
          innerT[i * m + j] = inner[i * m + j];
          innerT[j * m + i] = inner[i * m + j];
        }
      }
      kernels.multiply(product, v, innerT, { m: n, k: m, n: m });
      for (let i = 0; i < product.length; i++) product[i] -= gvt[i] + g2vt[i];
      pullbackVectors(thetaGradient, product, v, norms, n);
    },
  };
}

/** v ← the vectors of θ as unit columns, norms ← their lengths; a zero vector stays zero. */
function fillVectors(v: Float64Array, norms: Float64Array, theta: FloatArray, n: number): void {
  const m = norms.length;
  v.fill(0);
  for (let j = 0, at = 0; j < m; at += n - j, j++) {
    let largest = 0;
    for (let i = j; i < n; i++) largest = Math.max(largest, Math.abs(theta[at + i - j]));
    let sum = 0;
    if (largest > 0) for (let i = j; i < n; i++) sum += (theta[at + i - j] / largest) ** 2;
    norms[j] = largest * Math.sqrt(sum);
    if (norms[j] === 0) continue;
    for (let i = j; i < n; i++) v[i * m + j] = theta[at + i - j] / norms[j];
  }
}

/** The gradient by unit columns, without its part along them, over their lengths. */
function pullbackVectors(
  thetaGradient: FloatArray,
  gradient: Float64Array,
  v: Float64Array,
  norms: Float64Array,
  n: number,
): void {
  const m = norms.length;
  for (let j = 0, at = 0; j < m; at += n - j, j++) {
    let along = 0;
    for (let i = j; i < n; i++) along += gradient[i * m + j] * v[i * m + j];
    for (let i = j; i < n; i++) {
      const across = gradient[i * m + j] - along * v[i * m + j];
      thetaGradient[at + i - j] = norms[j] === 0 ? 0 : across / norms[j];
    }
  }
}
