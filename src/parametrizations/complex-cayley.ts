import { ShapeError, UsageError } from "../errors.ts";
import { fieldKernels } from "../linalg/field.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import type { RandomStream } from "../random/stream.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import { fillSkewHermitian, pullbackSkewHermitian, skewHermitianParameterCount } from "./skew-hermitian.ts";
import { rotationBlocks, type SkewInitializer, type SkewInitializerName, skewInitializer } from "./skew-init.ts";

export interface ComplexCayleyOptions {
  /** The draw of Re A; Im A starts at 0. Default `maduranga`: plane rotations by t ~ U(0, 2π). */
  readonly init?: SkewInitializer | SkewInitializerName | "maduranga";
}

/**
 * W = (I + A)⁻¹(I − A)·D = (2(I + A)⁻¹ − I)·D with A [n × n] skew-Hermitian and D = diag(e^{iω}), both trained; θ is A's n²
 * numbers (see `skew-hermitian.ts`), then the n angles ω. W is unitary for every θ (Maduranga, Helfrich and Ye, "Complex
 * Unitary Recurrent Neural Networks Using Scaled Cayley Transform", AAAI 2019). Initially ω ~ U(0, 2π).
 *
 * With M = (I + A)⁻¹ and G = ∂L/∂Re W + i·∂L/∂Im W: ∂L/∂A is −2·Mᴴ(G·D̄)Mᴴ, restricted to skew-Hermitian A, and ∂L/∂ω_j =
 * Σᵢ (Im G ∘ Re W − Re G ∘ Im W)_ij. One complex inverse per `materialize` and two products per `pullback`, in float64.
 */
export function complexCayley({ init = "maduranga" }: ComplexCayleyOptions = {}): Parametrization {
  const draw = init === "maduranga" ? maduranga : skewInitializer(init);
  return {
    name: "complex-cayley",
    properties: { field: "complex", isOrthogonal: true, isNormal: true, spectralNormBound: 1 },
    parameterCount,
    parts: (n) => ({ skew: skewHermitianParameterCount(n), angles: n }),
    initialize: (n, random) => initialize(n, random, draw),
    bind: bindComplexCayley,
  };
}

/** Eigenvalues all around the circle, but their Cayley entries −tan(t/2) Cauchy distributed (the authors' code). */
const maduranga: SkewInitializer = (n, random, entryOfAngle) =>
  rotationBlocks(n, () => entryOfAngle(random.uniform(0, 2 * Math.PI)));

function parameterCount(n: number): number {
  return skewHermitianParameterCount(n) + n;
}

function initialize(n: number, random: RandomStream, draw: SkewInitializer): Float64Array {
  const theta = new Float64Array(parameterCount(n));
  theta.set(draw(n, random, (angle) => -Math.tan(angle / 2)));
  for (let i = n * n; i < theta.length; i++) theta[i] = random.uniform(0, 2 * Math.PI);
  return theta;
}

function bindComplexCayley(n: number, kernels: DenseKernels): BoundParametrization {
  const algebra = fieldKernels("complex", kernels);
  const size = n * n;
  const inverse = new Float64Array(2 * size);
  const left = new Float64Array(2 * size);
  const right = new Float64Array(2 * size);
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  const angles = new Float64Array(n);
  let materialized = false;
  return {
    materialize(theta, weight) {
      assertTheta("θ", theta, n);
      assertMatrix("complex Cayley: W", weight, n, 2 * n);
      fillSkewHermitian(left, theta, n, 1);
      algebra.invert(inverse, left, n);
      materialized = true;
      for (let j = 0; j < n; j++) {
        cos[j] = Math.cos(theta[size + j]);
        sin[j] = Math.sin(theta[size + j]);
      }
      for (let i = 0, at = 0; i < n; i++) {
        for (let j = 0; j < n; j++, at++) {
          const re = 2 * inverse[at] - (i === j ? 1 : 0);
          const im = 2 * inverse[size + at];
          weight[at] = re * cos[j] - im * sin[j];
          weight[size + at] = re * sin[j] + im * cos[j];
        }
      }
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("complex Cayley: ∂L/∂W", weightGradient, n, 2 * n);
      assertTheta("∂L/∂θ", thetaGradient, n);
      if (!materialized)
        throw new UsageError("The complex Cayley pullback needs a θ to be taken at: materialize first.");
      angles.fill(0);
      // G·D̄. The phase of D turns G and W alike, so the angles' gradient may take W before D, which is 2M − I.
      for (let i = 0, at = 0; i < n; i++) {
        for (let j = 0; j < n; j++, at++) {
          const re = weightGradient[at] * cos[j] + weightGradient[size + at] * sin[j];
          const im = weightGradient[size + at] * cos[j] - weightGradient[at] * sin[j];
          left[at] = re;
          left[size + at] = im;
          angles[j] += im * (2 * inverse[at] - (i === j ? 1 : 0)) - re * 2 * inverse[size + at];
        }
      }
      algebra.multiply(right, left, inverse, { m: n, k: n, n, adjointB: true });
      algebra.multiply(left, inverse, right, { m: n, k: n, n, adjointA: true });
      pullbackSkewHermitian(thetaGradient, left, n, -2);
      for (let j = 0; j < n; j++) thetaGradient[size + j] = angles[j];
    },
  };
}

function assertTheta(what: string, theta: FloatArray, n: number): void {
  const expected = parameterCount(n);
  if (theta.length === expected) return;
  throw new ShapeError(
    `complex Cayley: ${what} of ${n} units has ${expected} = n² + n numbers, those of A and the n angles of D, but got ${theta.length}.`,
  );
}
