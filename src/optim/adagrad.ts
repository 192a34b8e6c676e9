import { accumulator, assertOptions, type Optimizer, optimizerState } from "./optimizer.ts";

export interface AdagradOptions {
  /** Default 0.01. */
  readonly lr?: number;
  /** δ: the rate of step t (from 1) is lr/(1 + (t − 1)·δ). Default 0. */
  readonly lrDecay?: number;
  /** The sum before the first step. Default 0 as in PyTorch; TensorFlow 1 starts at 0.1 and has no ε. */
  readonly initialAccumulator?: number;
  /** Added to the root. Default 1e-10. */
  readonly epsilon?: number;
  /** λ: adds λ·p to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/**
 * s ← s + g², p ← p − lr·g/(√s + ε) (Duchi, Hazan and Singer 2011). As `torch.optim.Adagrad`. Where s and ε are 0 p stays as
 * it is. Throws `UsageError` for options out of range.
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const { lr = 0.01, lrDecay = 0, initialAccumulator = 0, epsilon = 1e-10, weightDecay = 0 } = options;
  assertOptions("adagrad", { lr, lrDecay, initialAccumulator, epsilon, weightDecay });
  return {
    name: "adagrad",
    lr,
    create(length, precision) {
      const square = accumulator(length, precision, initialAccumulator);
      return optimizerState("adagrad", length, { square }, (p, g, rate, count) => {
        const size = rate / (1 + (count - 1) * lrDecay);
        for (let i = 0; i < length; i++) {
          const slope = g[i] + weightDecay * p[i];
          const s = square[i] + slope * slope;
          square[i] = s;
          const root = Math.sqrt(s) + epsilon;
          p[i] -= root === 0 ? 0 : (size * slope) / root;
        }
      });
    },
  };
}
