import type { WeightInitializer } from "../parametrizations/initializers.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, complexRecurrent } from "./cell.ts";
import { type ComplexCellOptions, unitaryCell } from "./urnn.ts";

export interface ScurnnOptions extends ComplexCellOptions {
  /** Replaces the complex scaled Cayley transform. */
  readonly parametrization?: ParametrizationSpec;
}

/**
 * scuRNN (Maduranga, Helfrich and Ye, "Complex Unitary Recurrent Neural Networks using Scaled Cayley Transform", AAAI 2019): the
 * complex sequel of scoRNN, W = (I + A)⁻¹(I − A)·diag(e^{iω}) with A skew-Hermitian and ω trained. h₀ is learned, from U(−0.01,
 * 0.01). Every unitary W is reached; no signs to choose, unlike scoRNN's D. O(n²) per step.
 */
export function scurnn({ parametrization = "complex-cayley", ...options }: ScurnnOptions = {}): Cell {
  return unitaryCell("scurnn", complexRecurrent({ parametrization }), { ...options, init: smallState });
}

const smallState: WeightInitializer = ({ fanOut }, random) =>
  Float64Array.from({ length: fanOut }, () => random.uniform(-0.01, 0.01));
