import { UsageError, unknownName } from "../errors.ts";
import { assertMatrix } from "../linalg/matrix.ts";
import { type InitializerSpec, weightInitializer } from "./initializer-registry.ts";
import type { BoundParametrization, Parametrization } from "./parametrization.ts";

/** Options of the parametrizations that scale a free V by its size. */
export interface NormalizedOptions {
  /** The size W may have, positive. Default 1. */
  readonly bound?: number;
  /** `clip`: W = V·min(1, bound/size). `normalize`: W = V·bound/size. Default `clip`. */
  readonly mode?: "clip" | "normalize";
  /** The draw of V [n × n]. Default Glorot uniform. */
  readonly init?: InitializerSpec;
}

/** The size of V [n × n], iterated from vectors that are remembered. */
export interface SizeOf {
  readonly buffers: Readonly<Record<string, Float64Array>>;
  /** The size of V, from `buffers` alone, which it leaves as they are. */
  evaluate(v: Float64Array): number;
  /** out ← out + factor·∂size/∂V at the latest V. */
  addGradient(out: Float64Array, factor: number): void;
  /** buffers ← the vectors found at the latest V. */
  remember(): void;
}

/**
 * W = V·c with c = min(1, bound/s(V)), or bound/s(V), for a size s that grows with V: s(c·V) = c·s(V). θ [n²] is V, row-major.
 * Where c < 1: ∂L/∂V = c·(G − ⟨G, V⟩/s·∂s/∂V) with G = ∂L/∂W. V = 0 stays 0.
 */
export function normalized(
  name: "spectral-norm" | "spectral-radius",
  { bound = 1, mode = "clip", init = "glorot-uniform" }: NormalizedOptions,
  spectralNormBound: (bound: number) => number,
  size: (n: number) => SizeOf,
): Parametrization {
  if (!(bound > 0) || bound === Number.POSITIVE_INFINITY) {
    throw new UsageError(`${name} has bound = ${bound}; give a positive finite number.`);
  }
  if (mode !== "clip" && mode !== "normalize") throw unknownName(`mode of ${name}`, mode, ["clip", "normalize"]);
  const draw = weightInitializer(init);
  return {
    name,
    properties: {
      field: "real",
      isOrthogonal: false,
      isNormal: false,
      spectralNormBound: spectralNormBound(bound),
    },
    parameterCount: (n) => n * n,
    initialize: (n, random) => draw({ fanIn: n, fanOut: n }, random),
    bind: (n) => bindNormalized(name, n, bound, mode, size(n)),
  };
}

function bindNormalized(
  name: string,
  n: number,
  bound: number,
  mode: "clip" | "normalize",
  size: SizeOf,
): BoundParametrization {
  const v = new Float64Array(n * n);
  const gradient = new Float64Array(n * n);
  let latest = 0;
  let factor = Number.NaN;
  let isScaled = false;
  return {
    buffers: size.buffers,
    materialize(theta, weight) {
      assertMatrix(`${name}: θ`, theta, n, n);
      assertMatrix(`${name}: W`, weight, n, n);
      v.set(theta);
      latest = size.evaluate(v);
      isScaled = latest > 0 && (mode === "normalize" || latest > bound);
      factor = isScaled ? bound / latest : 1;
      for (let i = 0; i < v.length; i++) weight[i] = factor * v[i];
    },
    pullback(weightGradient, thetaGradient) {
      assertMatrix(`${name}: ∂L/∂W`, weightGradient, n, n);
      assertMatrix(`${name}: ∂L/∂θ`, thetaGradient, n, n);
      if (Number.isNaN(factor)) {
        throw new UsageError(`The pullback of ${name} needs a θ to be taken at: materialize first.`);
      }
      let inner = 0;
      for (let i = 0; i < v.length; i++) {
        gradient[i] = factor * weightGradient[i];
        inner += weightGradient[i] * v[i];
      }
      if (isScaled) size.addGradient(gradient, (-factor * inner) / latest);
      thetaGradient.set(gradient);
    },
    updated() {
      if (!Number.isNaN(factor)) size.remember();
    },
  };
}
