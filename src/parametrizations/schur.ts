import { UsageError } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { exponential } from "./exponential.ts";
import { assertParameters, partsOf } from "./lengths.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";
import { skewParameterCount } from "./skew.ts";
import type { SkewInitializer, SkewInitializerName } from "./skew-init.ts";

export interface SchurOptions {
  /** δ, the weight of the penalty δ·Σ(γ_i − 1)². Default 0.1. */
  readonly delta?: number;
  /** The weight of the penalty decay·‖T‖²_F. Default 1e-4. */
  readonly decay?: number;
  /** The draw of P's skew-symmetric matrix. Default `henaff`. */
  readonly init?: SkewInitializer | SkewInitializerName;
}

/**
 * W = P(Λ + T)Pᵀ, the real Schur form: P = exp(A) orthogonal, Λ the blocks γ_i·[[cos φ_i, sin φ_i], [−sin φ_i, cos φ_i]] on
 * the diagonal, T strictly upper triangular outside them (Kerg, Goyette, Puelma Touzel, Gidel, Vorontsov, Bengio and
 * Lajoie, "Non-normal Recurrent Neural Network (nnRNN)", NeurIPS 2019, section 3). The eigenvalues are γ_i·e^{±iφ_i}, and
 * for odd n a last γ alone; T is all that makes W non-normal.
 *
 * Parts of θ: `P` [n(n−1)/2], A's strict upper triangle; `gamma` [⌈n/2⌉], which starts at 1; `angle` [⌊n/2⌋], drawn from
 * U(−π, π); `T` [n(n−1)/2 − ⌊n/2⌋] in row order, which starts at 0. The penalty keeps γ near 1 and T small; the weights'
 * defaults are this project's.
 *
 * With M = Λ + T and G = ∂L/∂W: ∂L/∂P = G·P·Mᵀ + Gᵀ·P·M and ∂L/∂M = Pᵀ·G·P. Throws `UsageError` for negative weights.
 */
export function schur({ delta = 0.1, decay = 1e-4, init = "henaff" }: SchurOptions = {}): Parametrization {
  for (const [name, value] of Object.entries({ delta, decay })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new UsageError(`schur has ${name} = ${value}; the weight of a penalty is a finite number of at least 0.`);
  }
  const basis = exponential({ init });
  return {
    name: "schur",
    properties: { field: "real", isOrthogonal: false, isNormal: false, spectralNormBound: Number.POSITIVE_INFINITY },
    parameterCount: (n) => partsOf(sizes(n)).count,
    parts: sizes,
    initialize(n, random) {
      const parts = partsOf(sizes(n));
      const theta = new Float64Array(parts.count);
      parts.get(theta, "P").set(basis.initialize(n, random));
      parts.get(theta, "gamma").fill(1);
      const angles = parts.get(theta, "angle");
      for (let i = 0; i < angles.length; i++) angles[i] = random.uniform(-Math.PI, Math.PI);
      return theta;
    },
    bind: (n, kernels) => bindSchur(n, kernels, basis.bind(n, kernels), delta, decay),
  };
}

function sizes(n: number): Record<"P" | "gamma" | "angle" | "T", number> {
  const pairs = Math.floor(n / 2);
  return { P: skewParameterCount(n), gamma: n - pairs, angle: pairs, T: skewParameterCount(n) - pairs };
}

function bindSchur(
  n: number,
  kernels: DenseKernels,
  basis: BoundParametrization,
  delta: number,
  decay: number,
): BoundParametrization {
  const parts = partsOf(sizes(n));
  const meaning = "n(n−1)/2 of P, ⌈n/2⌉ of gamma, ⌊n/2⌋ of angle, n(n−1)/2 − ⌊n/2⌋ of T";
  const shape = { m: n, k: n, n };
  const matrix = () => new Float64Array(n * n);
  const [p, middle, g, gp, product, pBar] = [matrix(), matrix(), matrix(), matrix(), matrix(), matrix()];
  const latest = new Float64Array(parts.count);
  let materialized = false;
  const assertMaterialized = () => {
    if (!materialized) throw new UsageError("schur: the pullback and the penalty need a θ: materialize first.");
  };
  return {
    materialize(theta, weight) {
      assertParameters("schur: θ", theta, parts.count, n, meaning);
      assertMatrix("schur: W", weight, n, n);
      latest.set(theta);
      basis.materialize(parts.get(latest, "P"), p);
      fillMiddle(middle, n, parts.get(latest, "gamma"), parts.get(latest, "angle"), parts.get(latest, "T"));
      kernels.multiply(gp, p, middle, shape);
      kernels.multiply(product, gp, p, { ...shape, transposeB: true });
      weight.set(product);
      materialized = true;
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix("schur: ∂L/∂W", weightGradient, n, n);
      assertParameters("schur: ∂L/∂θ", thetaGradient, parts.count, n, meaning);
      assertMaterialized();
      g.set(weightGradient);
      kernels.multiply(gp, g, p, { ...shape, transposeA: true });
      kernels.multiply(pBar, gp, middle, shape);
      kernels.multiply(gp, g, p, shape);
      kernels.multiply(product, gp, middle, { ...shape, transposeB: true });
      for (let i = 0; i < pBar.length; i++) pBar[i] += product[i];
      basis.pullback(pBar, parts.get(thetaGradient, "P"));
      kernels.multiply(product, p, gp, { ...shape, transposeA: true });
      const [gamma, angle] = [parts.get(latest, "gamma"), parts.get(latest, "angle")];
      const gammaGradient = parts.get<FloatArray>(thetaGradient, "gamma");
      const angleGradient = parts.get<FloatArray>(thetaGradient, "angle");
      pullbackBlocks(gammaGradient, angleGradient, product, n, gamma, angle);
      const t = parts.get<FloatArray>(thetaGradient, "T");
      forEachAbove(n, (at, k) => {
        t[k] = product[at];
      });
    },
    penalty(thetaGradient) {
      assertParameters("schur: ∂L/∂θ", thetaGradient, parts.count, n, meaning);
      assertMaterialized();
      const [gamma, t] = [parts.get(latest, "gamma"), parts.get(latest, "T")];
      const gammaGradient = parts.get<FloatArray>(thetaGradient, "gamma");
      const tGradient = parts.get<FloatArray>(thetaGradient, "T");
      let sum = 0;
      for (let i = 0; i < gamma.length; i++) {
        sum += delta * (gamma[i] - 1) ** 2;
        gammaGradient[i] += 2 * delta * (gamma[i] - 1);
      }
      for (let i = 0; i < t.length; i++) {
        sum += decay * t[i] ** 2;
        tGradient[i] += 2 * decay * t[i];
      }
      return sum;
    },
  };
}

/** out ← Λ + T. */
function fillMiddle(out: Float64Array, n: number, gamma: Float64Array, angle: Float64Array, t: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < angle.length; i++) {
    const at = 2 * i * n + 2 * i;
    out[at] = gamma[i] * Math.cos(angle[i]);
    out[at + 1] = gamma[i] * Math.sin(angle[i]);
    out[at + n] = -out[at + 1];
    out[at + n + 1] = out[at];
  }
  if (n % 2 === 1) out[n * n - 1] = gamma[angle.length];
  forEachAbove(n, (at, k) => {
    out[at] = t[k];
  });
}

/** `gradient`: ∂L/∂M, all entries independent. */
function pullbackBlocks(
  gammaGradient: FloatArray,
  angleGradient: FloatArray,
  gradient: Float64Array,
  n: number,
  gamma: Float64Array,
  angle: Float64Array,
): void {
  for (let i = 0; i < angle.length; i++) {
    const at = 2 * i * n + 2 * i;
    const alongCos = gradient[at] + gradient[at + n + 1];
    const alongSin = gradient[at + 1] - gradient[at + n];
    const [cos, sin] = [Math.cos(angle[i]), Math.sin(angle[i])];
    gammaGradient[i] = alongCos * cos + alongSin * sin;
    angleGradient[i] = gamma[i] * (alongSin * cos - alongCos * sin);
  }
  if (n % 2 === 1) gammaGradient[angle.length] = gradient[n * n - 1];
}

/** Places of T in an n × n matrix, in row order. */
function forEachAbove(n: number, visit: (at: number, k: number) => void): void {
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = i % 2 === 0 ? i + 2 : i + 1; j < n; j++, k++) visit(i * n + j, k);
  }
}
