import { UsageError, unknownName } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { exponential } from "./exponential.ts";
import { assertParameters, partsOf } from "./lengths.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import { scaledCayley } from "./scaled-cayley.ts";
import { skewParameterCount } from "./skew.ts";
import type { SkewInitializer, SkewInitializerName } from "./skew-init.ts";

export interface SvdOptions {
  /** m, how far a singular value may be from 1: at least 0, which keeps W orthogonal. Default 0.1. */
  readonly margin?: number;
  /** How U and V are parametrized. Default `exponential`; `scaled-cayley` gives both D = I. */
  readonly factors?: "exponential" | "scaled-cayley";
  /** The draw of U and of V. Default `henaff`. */
  readonly init?: SkewInitializer | SkewInitializerName;
}

/**
 * W = U·diag(s)·Vᵀ with U, V [n × n] orthogonal and s_i = 2m(σ(p_i) − ½) + 1 in [1 − m, 1 + m], σ the logistic function
 * (Vorontsov, Trabelsi, Kadoury and Pal, "On Orthogonality and Learning Recurrent Networks with Long Term Dependencies",
 * ICML 2017, section 2.2). Parts of θ: `U` and `V` [n(n−1)/2 each], strict upper triangles of skew-symmetric matrices; `p`
 * [n], which starts at 0, so that W starts orthogonal. The paper moves U and V along Cayley geodesics instead.
 *
 * With G = ∂L/∂W: ∂L/∂U = G·V·S, ∂L/∂V = Gᵀ·U·S, ∂L/∂s_i = (UᵀGV)_ii. Throws `UsageError` for impossible options.
 */
export function svd({ margin = 0.1, factors = "exponential", init = "henaff" }: SvdOptions = {}): Parametrization {
  if (!(margin >= 0) || margin === Number.POSITIVE_INFINITY) {
    throw new UsageError(`svd has margin = ${margin}; give a finite number of at least 0.`);
  }
  if (!Object.hasOwn(factorKinds, factors)) throw unknownName("factors of svd", factors, Object.keys(factorKinds));
  const factor = factorKinds[factors](init);
  const isOrthogonal = margin === 0;
  return {
    name: "svd",
    properties: { field: "real", isOrthogonal, isNormal: isOrthogonal, spectralNormBound: 1 + margin },
    parameterCount: (n) => partsOf(sizes(n)).count,
    parts: sizes,
    initialize(n, random) {
      const parts = partsOf(sizes(n));
      const theta = new Float64Array(parts.count);
      parts.get(theta, "U").set(factor.initialize(n, random));
      parts.get(theta, "V").set(factor.initialize(n, random));
      return theta;
    },
    bind: (n, kernels) => bindSvd(n, kernels, margin, factor.bind(n, kernels), factor.bind(n, kernels)),
  };
}

const factorKinds = {
  exponential: (init: SkewInitializer | SkewInitializerName) => exponential({ init }),
  "scaled-cayley": (init: SkewInitializer | SkewInitializerName) => scaledCayley({ negativeOnes: 0, init }),
};

function sizes(n: number): Record<"U" | "V" | "p", number> {
  return { U: skewParameterCount(n), V: skewParameterCount(n), p: n };
}

function bindSvd(
  n: number,
  kernels: DenseKernels,
  margin: number,
  left: BoundParametrization,
  right: BoundParametrization,
): BoundParametrization {
  const parts = partsOf(sizes(n));
  const meaning = "n(n−1)/2 of U, n(n−1)/2 of V, n of p";
  const shape = { m: n, k: n, n };
  const matrix = () => new Float64Array(n * n);
  const [u, v, us, g, product] = [matrix(), matrix(), matrix(), matrix(), matrix()];
  const s = new Float64Array(n);
  const slope = new Float64Array(n);
  let materialized = false;
  return {
    materialize(theta, weight) {
      assertParameters("svd: θ", theta, parts.count, n, meaning);
      assertMatrix("svd: W", weight, n, n);
      left.materialize(parts.get(theta, "U"), u);
      right.materialize(parts.get(theta, "V"), v);
      parts.get<FloatArray>(theta, "p").forEach((value, i) => {
        // 2σ(p) − 1 = tanh(p/2)
        const t = Math.tanh(value / 2);
        s[i] = 1 + margin * t;
        slope[i] = (margin * (1 - t * t)) / 2;
      });
      scaleColumns(us, u, s);
      kernels.multiply(product, us, v, { ...shape, transposeB: true });
      weight.set(product);
      materialized = true;
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("svd: ∂L/∂W", weightGradient, n, n);
      assertParameters("svd: ∂L/∂θ", thetaGradient, parts.count, n, meaning);
      if (!materialized) throw new UsageError("The svd pullback needs a θ to be taken at: materialize first.");
      g.set(weightGradient);
      kernels.multiply(product, g, v, shape);
      const sums = new Float64Array(n);
      for (let i = 0; i < n * n; i++) sums[i % n] += u[i] * product[i];
      const p = parts.get<FloatArray>(thetaGradient, "p");
      for (let i = 0; i < n; i++) p[i] = slope[i] * sums[i];
      scaleColumns(product, product, s);
      left.pullback(product, parts.get(thetaGradient, "U"));
      kernels.multiply(product, g, us, { ...shape, transposeA: true });
      right.pullback(product, parts.get(thetaGradient, "V"));
    },
  };
}

/** out ← A·diag(s). */
function scaleColumns(out: Float64Array, a: Float64Array, s: Float64Array): void {
  const n = s.length;
  for (let row = 0; row < n * n; row += n) for (let j = 0; j < n; j++) out[row + j] = a[row + j] * s[j];
}
