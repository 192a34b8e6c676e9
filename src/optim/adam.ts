import { accumulator, assertOptions, type Optimizer, optimizerState } from "./optimizer.ts";

export interface AdamOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** β₁ in [0, 1), of the mean gradient. Default 0.9. */
  readonly beta1?: number;
  /** β₂ in [0, 1), of the mean square. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root. Default 1e-8. */
  readonly epsilon?: number;
  /** λ. Default 0 for Adam, 0.01 for AdamW. */
  readonly weightDecay?: number;
  /** Divide by the largest v so far (Reddi, Kale and Kumar 2018). Default false. */
  readonly amsgrad?: boolean;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − lr·m̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) (Kingma and Ba
 * 2015, algorithm 1); weight decay adds λ·p to g. As `torch.optim.Adam`. Throws `UsageError` for options out of range.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamRule("adam", { weightDecay: 0, ...options }, false);
}

/**
 * Adam with decoupled weight decay: p ← (1 − lr·λ)·p before Adam's step on g alone (Loshchilov and Hutter 2019). As
 * `torch.optim.AdamW`, including λ = 0.01. Throws `UsageError` for options out of range.
 */
export function adamw(options: AdamOptions = {}): Optimizer {
  return adamRule("adamw", { weightDecay: 0.01, ...options }, true);
}

function adamRule(name: string, options: AdamOptions & { weightDecay: number }, decoupled: boolean): Optimizer {
  const { lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay, amsgrad = false } = options;
  assertOptions(name, { lr, epsilon, weightDecay });
  assertOptions(name, { beta1, beta2 }, { high: 1, open: true });
  const intoGradient = decoupled ? 0 : weightDecay;
  const intoParameter = decoupled ? weightDecay : 0;
  return {
    name,
    lr,
    create(length, precision) {
      const mean = accumulator(length, precision);
      const square = accumulator(length, precision);
      const largest = amsgrad ? accumulator(length, precision) : undefined;
      return optimizerState(name, length, { mean, square, ...(largest && { largest }) }, (p, g, rate, count) => {
        const size = rate / (1 - beta1 ** count);
        const correction = Math.sqrt(1 - beta2 ** count);
        const kept = 1 - rate * intoParameter;
        for (let i = 0; i < length; i++) {
          const slope = g[i] + intoGradient * p[i];
          const m = beta1 * mean[i] + (1 - beta1) * slope;
          let v = beta2 * square[i] + (1 - beta2) * slope * slope;
          mean[i] = m;
          square[i] = v;
          if (largest !== undefined) {
            v = Math.max(largest[i], v);
            largest[i] = v;
          }
          const root = Math.sqrt(v) / correction + epsilon;
          p[i] = kept * p[i] - (root === 0 ? 0 : (size * m) / root);
        }
      });
    },
  };
}
