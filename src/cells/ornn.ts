import { leakyRelu } from "../expr/activations.ts";
import { add } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, projection, real, recurrent } from "./cell.ts";
import { requireNumbers } from "./require.ts";

export interface OrnnOptions {
  /** m, the number of reflections. Default: as many as units. */
  readonly reflections?: number;
  /** Slope of the leaky ReLU below 0. Default 0.1. */
  readonly slope?: number;
  readonly inputInit?: InitializerSpec;
  /** Replaces the product of reflections. */
  readonly parametrization?: ParametrizationSpec;
}

/**
 * oRNN: h_t = φ(h_{t−1} W + x_t U + b), W a product of m Householder reflections, φ(a) = a for a ≥ 0, else 0.1 a (Mhammedi,
 * Hellicar, Rahman and Bailey, "Efficient Orthogonal Parametrisation of Recurrent Neural Networks Using Householder
 * Reflections", ICML 2017). U Glorot uniform, b = 0. The authors learn h_0 (`initialState: "learned"`), from a small random start.
 *
 * Fewer reflections take fewer parameters, m·n − m(m−1)/2, and leave W − I a rank of at most m. Throws `UsageError` for a
 * slope below 0.
 */
export function ornn(options: OrnnOptions = {}): Cell {
  const { reflections, slope = 0.1, inputInit: init = "glorot-uniform" } = options;
  const householder = { name: "householder", ...(reflections !== undefined && { reflections }) } as const;
  requireNumbers("ornn", { slope });
  return defineCell({
    name: "ornn",
    states: { h: real },
    inputs: { x: projection({ init }) },
    maps: { W: recurrent({ parametrization: options.parametrization ?? householder }) },
    step: ({ h, x, W }) => ({ h: leakyRelu(add(W(h), x), slope) }),
  });
}
