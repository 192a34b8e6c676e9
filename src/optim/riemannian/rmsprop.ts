import { unknownName } from "../../errors.ts";
import { accumulator, assertOptions, type Optimizer } from "../optimizer.ts";
import { addMomentum, type RiemannianOptions, riemannianOptimizer } from "./riemannian.ts";

/**
 * Of what the second moment v is taken.
 * - `gradient`: of each number of ∂L/∂W, real and imaginary parts apart, before it is made tangent (the published
 *   "natGradRMS"). The step need not descend, and rests at a minimum of L only when ∂L/∂W is 0 there.
 * - `generator`: of each number of A; equal for a_ij and a_ji, so that A stays skew-Hermitian.
 * - `scalar`: the mean over all numbers of A, which keeps the gradient's direction (Bécigneul and Ganea, "Riemannian Adaptive
 *   Optimization Methods", 2019, for one factor).
 */
export type SecondMoment = "gradient" | "generator" | "scalar";

export interface RiemannianRmspropOptions extends RiemannianOptions {
  readonly lr: number;
  /** Default `gradient`, as published. */
  readonly secondMoment?: SecondMoment;
  /** ρ in [0, 1): the share of v that a step keeps. Default 0.9. */
  readonly decay?: number;
  /** ε, added to √v. Default 1e-8. */
  readonly epsilon?: number;
  /** v before the first step. Default 0; the authors' Theano code starts the v of other parameters at 1e-3. */
  readonly initialAccumulator?: number;
  /** μ in [0, 1) of the scaled direction. Default 0. */
  readonly momentum?: number;
}

/**
 * v ← ρ·v + (1 − ρ)·x², x / (√v + ε) in place of x, and `riemannianSgd`'s step with it. By default x is ∂L/∂W: the step the
 * full-capacity uRNN takes on MNIST with lr = 1e-6, its "natGradRMS" (Wisdom et al. 2016, in their code; ρ is that of their
 * other parameters). Throws `UsageError` for options out of range.
 */
export function riemannianRmsprop(options: RiemannianRmspropOptions): Optimizer {
  const { lr, secondMoment = "gradient", decay = 0.9, epsilon = 1e-8, initialAccumulator = 0, momentum = 0 } = options;
  assertOptions("riemannian-rmsprop", { lr, epsilon, initialAccumulator });
  assertOptions("riemannian-rmsprop", { decay, momentum }, { high: 1, open: true });
  if (!secondMoments.includes(secondMoment)) throw unknownName("second moment", secondMoment, secondMoments);
  return riemannianOptimizer("riemannian-rmsprop", lr, options, ({ length, generator }, precision) => {
    const count = { gradient: length, generator, scalar: 1 }[secondMoment];
    const square = accumulator(count, precision, initialAccumulator);
    const velocity = momentum > 0 ? accumulator(generator, precision) : undefined;
    const scale = (x: Float64Array) => {
      if (secondMoment === "scalar") square[0] = decay * square[0] + (1 - decay) * meanSquare(x);
      for (let i = 0; i < x.length; i++) {
        const at = secondMoment === "scalar" ? 0 : i;
        if (secondMoment !== "scalar") square[i] = decay * square[i] + (1 - decay) * x[i] * x[i];
        const root = Math.sqrt(square[at]) + epsilon;
        x[i] = root === 0 ? 0 : x[i] / root;
      }
    };
    return {
      tensors: { square, ...(velocity && { velocity }) },
      ...(secondMoment === "gradient" && { scaleGradient: scale }),
      direct(a) {
        if (secondMoment !== "gradient") scale(a);
        addMomentum(a, velocity, momentum);
      },
    };
  });
}

export const secondMoments: readonly SecondMoment[] = ["gradient", "generator", "scalar"];

/** The mean of x². */
export function meanSquare(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return sum / x.length;
}
