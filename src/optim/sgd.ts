import { UsageError } from "../errors.ts";
import { accumulator, assertOptions, type Optimizer, optimizerState } from "./optimizer.ts";

export interface SgdOptions {
  readonly lr: number;
  /** μ in [0, 1). Default 0. */
  readonly momentum?: number;
  /** τ in [0, 1]: how much less than the whole gradient enters the velocity after the first step. Default 0. */
  readonly dampening?: number;
  /** Step along g + μ·u instead of u. Needs momentum, and no dampening. Default false. */
  readonly nesterov?: boolean;
  /** λ: adds λ·p to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent, p ← p − lr·u with u = g + λ·p; with momentum u ← μ·u + (1 − τ)(g + λ·p), starting at the
 * first gradient. PyTorch's convention: the learning rate multiplies the velocity when it is used, not when it is gathered
 * (Sutskever et al. 2013 differ). Throws `UsageError` for options out of range.
 */
export function sgd(options: SgdOptions): Optimizer {
  const { lr, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  assertOptions("sgd", { lr, weightDecay });
  assertOptions("sgd", { dampening }, { high: 1 });
  assertOptions("sgd", { momentum }, { high: 1, open: true });
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new UsageError(
      `sgd: nesterov needs momentum above 0 and no dampening, but momentum is ${momentum} and dampening ${dampening}; set momentum, for example to 0.9.`,
    );
  }
  return {
    name: "sgd",
    lr,
    create(length, precision) {
      if (momentum === 0) {
        return optimizerState("sgd", length, {}, (p, g, rate) => {
          for (let i = 0; i < length; i++) p[i] -= rate * (g[i] + weightDecay * p[i]);
        });
      }
      const velocity = accumulator(length, precision);
      return optimizerState("sgd", length, { velocity }, (p, g, rate, count) => {
        const entering = count === 1 ? 1 : 1 - dampening;
        for (let i = 0; i < length; i++) {
          const slope = g[i] + weightDecay * p[i];
          const u = momentum * velocity[i] + entering * slope;
          velocity[i] = u;
          p[i] -= rate * (nesterov ? slope + momentum * u : u);
        }
      });
    },
  };
}
