import { modReLU } from "../expr/modrelu.ts";
import { add } from "../expr/ops.ts";
import { type UnitaryProductOptions, unitaryProduct } from "../maps/unitary-product.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { WeightInitializer } from "../parametrizations/initializers.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import {
  type Cell,
  complexProjection,
  complexRecurrent,
  complexState,
  defineCell,
  type MapSlot,
  perUnit,
} from "./cell.ts";

export interface ComplexCellOptions {
  readonly inputInit?: InitializerSpec;
  /** ε of modReLU's denominator |z| + ε. Default 1e-5, as in the authors' code. */
  readonly epsilon?: number;
}

export interface UrnnOptions extends UnitaryProductOptions, ComplexCellOptions {}

/** U(−√(3/(2n)), √(3/(2n))) for each part of h₀ [n], so that E‖h₀‖² = 1. */
const unitState: WeightInitializer = ({ fanOut }, random) => {
  const bound = Math.sqrt(3 / (2 * fanOut));
  return Float64Array.from({ length: fanOut }, () => random.uniform(-bound, bound));
};

/**
 * The cell of the unitary networks: h_t = σ_b(h_{t−1} W + x_t V), h complex, σ_b(z) = z·max(|z| + b, 0)/(|z| + ε). V starts
 * Glorot uniform on its stacked parts, b ~ U(−0.01, 0.01), and h₀ is learned (Arjovsky et al. 2016, section 4 and code).
 */
export function unitaryCell(
  name: string,
  W: MapSlot<"complex">,
  options: ComplexCellOptions & { init?: WeightInitializer },
): Cell {
  const { inputInit: init = "glorot-uniform", epsilon = 1e-5 } = options;
  return defineCell({
    name,
    states: { h: { ...complexState, init: options.init ?? unitState } },
    inputs: { x: complexProjection({ init }) },
    maps: { W },
    vectors: { b: perUnit({ init: { name: "uniform", low: -0.01, high: 0.01 } }) },
    initialState: "learned",
    step: ({ h, x, W: map, b }) => ({ h: modReLU(add(map(h), x), b, { epsilon }) }),
  });
}

/**
 * uRNN (Arjovsky, Shah and Bengio 2016): a unitary W of 7n parameters, applied by fast Fourier transforms in O(n log n), see
 * `unitaryProduct`. For very long memories at little cost; W reaches only a part of the unitary matrices when n > 7.
 */
export function urnn({ permutationSeed, ...options }: UrnnOptions = {}): Cell {
  const structure = unitaryProduct(permutationSeed === undefined ? {} : { permutationSeed });
  return unitaryCell("urnn", complexRecurrent({ structure }), options);
}

export interface FullCapacityOptions extends ComplexCellOptions {
  /** Default `unitary`: W itself, kept on U(n) by a Riemannian optimiser. */
  readonly parametrization?: ParametrizationSpec;
}

/**
 * Full-capacity uRNN (Wisdom et al. 2016): W any unitary matrix, moved along the unitary group by a Riemannian optimiser
 * (`riemannian-sgd` with the Cayley retraction is the paper's), h₀ learned. O(n²) per step.
 */
export function fcurnn({ parametrization = "unitary", ...options }: FullCapacityOptions = {}): Cell {
  return unitaryCell("fcurnn", complexRecurrent({ parametrization }), options);
}
