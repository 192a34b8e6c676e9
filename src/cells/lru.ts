import { UsageError } from "../errors.ts";
import { add, complex, cos, div, exp, mul, neg, relu, sin, sqrt, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { WeightInitializer } from "../parametrizations/initializers.ts";
import { type Cell, complexProjection, complexState, defineCell, projection, real, recurrent } from "./cell.ts";
import { requireNumbers } from "./require.ts";
import type { VectorSlot } from "./slots.ts";

export interface LruOptions {
  /** Moduli of λ start in the ring [minRadius, maxRadius], uniformly by area. Default 0.9 and 0.999. */
  readonly minRadius?: number;
  readonly maxRadius?: number;
  /** Phases of λ start uniform in [0, maxPhase]. Default 2π. */
  readonly maxPhase?: number;
  readonly inputInit?: InitializerSpec;
}

/**
 * Linear recurrent unit: z_t = λ ⊙ z_{t−1} + γ ⊙ (x_t B) with λ = exp(−e^ν + i e^θ), γ = √(1 − |λ|²), z complex and no
 * nonlinearity in time; the output is y = ReLU(Re z C₁ + Im z C₂ + x D) (Orvieto et al., "Resurrecting Recurrent Neural Networks
 * for Long Sequences", ICML 2023, sections 3.1–3.5; there the output passes an MLP instead of one layer, and γ is a parameter
 * that starts at this value). |λ| < 1 for every ν. 2n recurrent weights; stack several. Throws `UsageError` for an impossible
 * ring.
 */
export function lru(options: LruOptions = {}): Cell {
  const { minRadius = 0.9, maxRadius = 0.999, maxPhase = 2 * Math.PI } = options;
  const { inputInit: init = "glorot-uniform" } = options;
  if (!(minRadius >= 0 && minRadius < maxRadius && maxRadius <= 1)) {
    throw new UsageError(
      `Cell lru has minRadius = ${minRadius} and maxRadius = ${maxRadius}; give 0 ≤ minRadius < maxRadius ≤ 1.`,
    );
  }
  requireNumbers("lru", { maxPhase }, { above: true });
  const draw = (entry: (u: number) => number): VectorSlot => {
    const init: WeightInitializer = ({ fanOut }, random) =>
      Float64Array.from({ length: fanOut }, () => entry(random.uniform()));
    return { init, role: "recurrent" };
  };
  const [inner, outer] = [minRadius ** 2, maxRadius ** 2];
  return defineCell({
    name: "lru",
    states: { y: real, z: complexState },
    inputs: { x: complexProjection({ init }), d: projection({ init }) },
    maps: { C1: recurrent(), C2: recurrent() },
    vectors: {
      nu: draw((u) => Math.log(-0.5 * Math.log(u * (outer - inner) + inner))),
      theta: draw((u) => Math.log(maxPhase * (u || Number.EPSILON))),
    },
    output: "y",
    step: ({ z, x, d, C1, C2, nu, theta }) => {
      const decay = exp(nu);
      const radius = exp(neg(decay));
      const phase = exp(theta);
      const lambda = complex(mul(radius, cos(phase)), mul(radius, sin(phase)));
      // 1 − e^{−2x} = 2 tanh x/(1 + tanh x), which does not cancel where |λ| is near 1.
      const slope = tanh(decay);
      const gamma = sqrt(div(mul(2, slope), add(1, slope)));
      const next = add(mul(lambda, z), mul(gamma, x));
      return { y: relu(add(add(C1(next.re), C2(next.im)), d)), z: next };
    },
  });
}
