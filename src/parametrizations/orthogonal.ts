import { UsageError, unknownName } from "../errors.ts";
import { orthogonalityResidual } from "../linalg/orthogonal.ts";
import { bindCopy } from "./complex-free.ts";
import { identity, orthogonal, rotations, type WeightInitializer } from "./initializers.ts";
import type { Parametrization } from "./parametrization.ts";

export interface FullOrthogonalOptions {
  /** The draw of W [n × n], which must be orthogonal. Default `haar`. */
  readonly init?: WeightInitializer | OrthogonalInitializerName;
}

/** Orthogonal draws by name. */
export const orthogonalInitializers = {
  haar: { description: "uniform over the orthogonal matrices", initialize: orthogonal },
  henaff: { description: "plane rotations by t ~ U(−π, π)", initialize: rotations(-Math.PI, Math.PI) },
  identity: { description: "W = I", initialize: identity() },
} satisfies Record<string, { description: string; initialize: WeightInitializer }>;

export type OrthogonalInitializerName = keyof typeof orthogonalInitializers;

/**
 * The real counterpart of `fullUnitary`: θ = W itself, n² numbers on the manifold O(n), row-major. Only Riemannian optimisers
 * keep it there, each as far as its arithmetic reaches. Steps are continuous, so det W keeps the sign it starts with.
 */
export function fullOrthogonal({ init = "haar" }: FullOrthogonalOptions = {}): Parametrization {
  const draw = orthogonalInitializer(init);
  return {
    name: "orthogonal",
    isIdentity: true,
    properties: { field: "real", isOrthogonal: true, isNormal: true, spectralNormBound: 1 },
    parameterCount: (n) => n * n,
    manifold: (n) => ({ name: "stiefel", field: "real", rows: n, columns: n }),
    initialize: (n, random) => {
      const weight = draw({ fanIn: n, fanOut: n }, random);
      const residual = orthogonalityResidual(weight, n);
      if (residual < 1e-6) return weight;
      throw new UsageError(
        `The initial W has max |WᵀW − I| = ${residual}; the orthogonal parametrization starts at an orthogonal matrix. Return one.`,
      );
    },
    bind: (n) => bindCopy("orthogonal", n, n),
  };
}

function orthogonalInitializer(spec: WeightInitializer | OrthogonalInitializerName): WeightInitializer {
  if (typeof spec === "function") return spec;
  if (!Object.hasOwn(orthogonalInitializers, spec)) {
    throw unknownName("orthogonal initializer", spec, Object.keys(orthogonalInitializers));
  }
  return orthogonalInitializers[spec].initialize;
}
