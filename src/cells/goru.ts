import { modReLU } from "../expr/modrelu.ts";
import { add, mul, sigmoid, sub } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, perUnit, projection, real, recurrent } from "./cell.ts";

export interface GoruOptions {
  /** Of the orthogonal matrix Q of the candidate. Default `scaled-cayley`. */
  readonly parametrization?: ParametrizationSpec;
  /** Of the gates' matrices. Default `free`. */
  readonly gateParametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/**
 * Gated orthogonal recurrent unit: r, z = σ(h W + x U + b), c = modReLU(r ⊙ (h Q) + x U_c), h_t = z ⊙ h_{t−1} + (1 − z) ⊙ c, Q
 * orthogonal, the bias of r at 2 (Jing et al., "Gated Orthogonal Recurrent Units: On Learning to Forget", 2019). Where a memory
 * has to forget as well: an orthogonal map that a gate can overrule. The authors make Q of plane rotations; here any
 * orthogonal parametrization will do.
 */
export function goru(options: GoruOptions = {}): Cell {
  const { parametrization = "scaled-cayley", gateParametrization = "free" } = options;
  const { inputInit: init = "glorot-uniform" } = options;
  const gate = () => recurrent({ parametrization: gateParametrization });
  return defineCell({
    name: "goru",
    states: { h: real },
    inputs: {
      xr: projection({ init, bias: { name: "constant", value: 2 } }),
      xz: projection({ init }),
      xc: projection({ init, bias: false }),
    },
    maps: { Wr: gate(), Wz: gate(), Q: recurrent({ parametrization }) },
    vectors: { b: perUnit() },
    step: ({ h, xr, xz, xc, Wr, Wz, Q, b }) => {
      const r = sigmoid(add(Wr(h), xr));
      const z = sigmoid(add(Wz(h), xz));
      const candidate = modReLU(add(mul(r, Q(h)), xc), b);
      return { h: add(mul(z, h), mul(sub(1, z), candidate)) };
    },
  });
}
