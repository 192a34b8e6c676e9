import { modReLU } from "../expr/modrelu.ts";
import { add } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import type { SkewInitializerName } from "../parametrizations/skew-init.ts";
import { type Cell, defineCell, perUnit, projection, real, recurrent } from "./cell.ts";

export interface ScornnOptions {
  /** ρ, the −1 entries of D: a fraction of the units or a count. The paper: n/2, and n/10 for unpermuted MNIST. */
  readonly negativeOnes?: number;
  readonly skewInit?: SkewInitializerName;
  readonly inputInit?: InitializerSpec;
  /** The draw of modReLU's b. Default zeros. */
  readonly thresholdInit?: InitializerSpec;
  /** Replaces the scaled Cayley transform. */
  readonly parametrization?: ParametrizationSpec;
}

/**
 * scoRNN: h_t = σ_b(h_{t−1} W + x_t U) with W = (I + A)⁻¹(I − A)D orthogonal and σ_b the real modReLU
 * (Helfrich, Willmott and Ye 2018, section 3). U ~ U(−0.01, 0.01), b = 0, h_0 = 0; no other bias.
 */
export function scornn(options: ScornnOptions = {}): Cell {
  const { negativeOnes = 0.5, skewInit = "helfrich" } = options;
  const { inputInit = { name: "uniform", low: -0.01, high: 0.01 }, thresholdInit = "zeros" } = options;
  return defineCell({
    name: "scornn",
    states: { h: real },
    inputs: { x: projection({ init: inputInit, bias: false }) },
    maps: {
      W: recurrent({
        parametrization: options.parametrization ?? { name: "scaled-cayley", negativeOnes, init: skewInit },
      }),
    },
    vectors: { b: perUnit({ init: thresholdInit }) },
    step: ({ h, x, W, b }) => ({ h: modReLU(add(W(h), x), b) }),
  });
}
