import { accumulator, assertOptions, type Optimizer } from "../optimizer.ts";
import { addMomentum, type RiemannianOptions, riemannianOptimizer } from "./riemannian.ts";

export interface RiemannianSgdOptions extends RiemannianOptions {
  readonly lr: number;
  /** μ in [0, 1): U ← μ·U + A. Default 0. */
  readonly momentum?: number;
}

/**
 * Gradient descent on the Stiefel manifold. Without options the published step of the full-capacity uRNN,
 *
 *     A = G·Wᴴ − W·Gᴴ,  W ← (I + lr/2·A)⁻¹(I − lr/2·A)·W,
 *
 * with the raw gradient G = ∂L/∂Re W + i·∂L/∂Im W (Wisdom et al. 2016, eqs. 8–9; lr = 1e-3 for copying and TIMIT). The formula
 * is for the stored W, whichever way it is used: read as Wᵀ, with Gᵀ, it gives the transpose of the same matrix when W is
 * square, (I + lr/2·A)⁻¹(I − lr/2·A)·W = W·(I + lr/2·B)⁻¹(I − lr/2·B) with B = Wᴴ·G − Gᴴ·W = Wᴴ·A·W. The authors' code reads G
 * from the upper block row of its real embedding alone, where the exact gradient adds the lower one's share, so that its lr
 * is not exactly this one.
 *
 * Throws `UsageError` for options out of range.
 */
export function riemannianSgd(options: RiemannianSgdOptions): Optimizer {
  const { lr, momentum = 0 } = options;
  assertOptions("riemannian-sgd", { lr });
  assertOptions("riemannian-sgd", { momentum }, { high: 1, open: true });
  return riemannianOptimizer("riemannian-sgd", lr, options, ({ generator }, precision) => {
    const velocity = momentum > 0 ? accumulator(generator, precision) : undefined;
    return {
      tensors: { ...(velocity && { velocity }) },
      direct: (a) => addMomentum(a, velocity, momentum),
    };
  });
}
