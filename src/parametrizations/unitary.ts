import { bindCopy } from "./complex-free.ts";
import { type ComplexInitializer, type UnitaryInitializerName, unitaryInitializer } from "./complex-init.ts";
import type { Parametrization } from "./parametrization.ts";

export interface FullUnitaryOptions {
  /** The draw of W [n × n], which must be unitary. Default `product`, as the authors' code. */
  readonly init?: ComplexInitializer | UnitaryInitializerName;
}

/**
 * The full-capacity unitary matrix: θ = W itself, 2n² numbers on the manifold U(n), Re W row-major, then Im W (Wisdom et al.,
 * "Full-Capacity Unitary Recurrent Neural Networks", NIPS 2016). Only Riemannian optimisers keep it there (`riemannianSgd`
 * and its kin), each as far as its arithmetic reaches: the published Cayley step multiplies rounding errors up and never
 * mends them, so that ‖WᴴW − I‖ grows like the root of the number of updates unless `projectEvery` is set. The properties
 * hold up to that.
 */
export function fullUnitary({ init = "product" }: FullUnitaryOptions = {}): Parametrization {
  return {
    name: "unitary",
    isIdentity: true,
    properties: { field: "complex", isOrthogonal: true, isNormal: true, spectralNormBound: 1 },
    parameterCount: (n) => 2 * n * n,
    manifold: (n) => ({ name: "stiefel", field: "complex", rows: n, columns: n }),
    initialize: unitaryInitializer(init),
    bind: (n) => bindCopy("unitary", n, 2 * n),
  };
}
