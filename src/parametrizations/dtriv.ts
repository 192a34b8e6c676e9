import { UsageError } from "../errors.ts";
import { fieldKernels } from "../linalg/field.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import { assertMatrix, identity } from "../linalg/matrix.ts";
import { polarProjection } from "../linalg/polar.ts";
import { exponential } from "./exponential.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import type { SkewInitializer, SkewInitializerName } from "./skew-init.ts";

export interface DtrivOptions {
  /** K, the updates after which B ← W and A ← 0: an integer of at least 1, or `never` (Infinity). Default 100. */
  readonly rebaseEvery?: number | "never";
  /** M, the re-basings after which B is replaced by the nearest orthogonal matrix: an integer of at least 1. Default 100. */
  readonly projectEvery?: number;
  /** The draw of A. Default `henaff`. */
  readonly init?: SkewInitializer | SkewInitializerName;
}

/**
 * W = B·exp(A), A [n × n] skew-symmetric with θ [n(n−1)/2] its strict upper triangle, and B [n × n] an orthogonal matrix
 * that is not trained but moves: after every K updates B ← B·exp(A), A ← 0 (Lezcano-Casado, "Trivializations for
 * Gradient-Based Optimization on Manifolds", NeurIPS 2019). B starts as the identity, so `rebaseEvery: "never"` is
 * `exponential`; K = 1 is gradient descent on the orthogonal group itself, along geodesics. What an optimiser remembers of
 * θ is not carried over to the new base, as in the paper's code.
 *
 * Buffers: `base`, B; `updates` [1], how many there were. Throws `UsageError` for impossible options.
 */
export function dtriv({ rebaseEvery = 100, projectEvery = 100, init }: DtrivOptions = {}): Parametrization {
  const every = rebaseEvery === "never" ? Number.POSITIVE_INFINITY : rebaseEvery;
  if (every !== Number.POSITIVE_INFINITY) assertCount("rebaseEvery", every, ', or "never"');
  assertCount("projectEvery", projectEvery, "");
  const factor = exponential(init === undefined ? {} : { init });
  return {
    ...factor,
    name: "dtriv",
    bind: (n, kernels) => bindDtriv(n, kernels, factor.bind(n, kernels), every, projectEvery),
  };
}

function assertCount(name: string, value: unknown, alternative: string): void {
  if (Number.isInteger(value) && Number(value) >= 1) return;
  throw new UsageError(`dtriv has ${name} = ${value}; give an integer of at least 1${alternative}.`);
}

function bindDtriv(
  n: number,
  kernels: DenseKernels,
  factor: BoundParametrization,
  rebaseEvery: number,
  projectEvery: number,
): BoundParametrization {
  const shape = { m: n, k: n, n };
  const base = identity(n);
  const project = polarProjection(fieldKernels("real", kernels), n, n);
  const updates = new Float64Array(1);
  const step = new Float64Array(n * n);
  const product = new Float64Array(n * n);
  const evaluate = (theta: FloatArray) => {
    factor.materialize(theta, step);
    kernels.multiply(product, base, step, shape);
    return product;
  };
  return {
    buffers: { base, updates },
    materialize(theta, weight) {
      assertMatrix("dtriv: W", weight, n, n);
      weight.set(evaluate(theta));
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("dtriv: ∂L/∂W", weightGradient, n, n);
      product.set(weightGradient);
      kernels.multiply(step, base, product, { ...shape, transposeA: true });
      factor.pullback(step, thetaGradient);
    },
    updated(theta) {
      updates[0] += 1;
      if (updates[0] % rebaseEvery !== 0) return;
      base.set(evaluate(theta));
      theta.fill(0);
      if ((updates[0] / rebaseEvery) % projectEvery === 0) project(base);
    },
  };
}
