import { unknownName } from "../../errors.ts";
import { accumulator, assertOptions, type Optimizer } from "../optimizer.ts";
import { type RiemannianOptions, riemannianOptimizer } from "./riemannian.ts";
import { meanSquare, type SecondMoment } from "./rmsprop.ts";

export interface RiemannianAdamOptions extends RiemannianOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** Default `generator`. */
  readonly secondMoment?: Exclude<SecondMoment, "gradient">;
  /** β₁ in [0, 1), of the mean generator. Default 0.9. */
  readonly beta1?: number;
  /** β₂ in [0, 1), of the mean square. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam on the generator A = G·Wᴴ − W·Gᴴ of the gradient: m ← β₁m + (1 − β₁)A, v ← β₂v + (1 − β₂)A², and a step along
 * m̂/(√v̂ + ε), bias-corrected as in `adam`. With `secondMoment` "generator" v is taken of each number of A, which leaves the
 * direction skew-Hermitian, so no projection follows; with the retraction `exponential` this is Adam on a W = exp(−A)·B rebased at
 * every update. With "scalar" v is one number, the mean of A² (Bécigneul and Ganea 2019, for one factor).
 * Throws `UsageError` for options out of range.
 */
export function riemannianAdam(options: RiemannianAdamOptions = {}): Optimizer {
  const { lr = 1e-3, secondMoment = "generator", beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  assertOptions("riemannian-adam", { lr, epsilon });
  assertOptions("riemannian-adam", { beta1, beta2 }, { high: 1, open: true });
  if (secondMoment !== "generator" && secondMoment !== "scalar") {
    throw unknownName("second moment", secondMoment, ["generator", "scalar"]);
  }
  return riemannianOptimizer("riemannian-adam", lr, options, ({ generator }, precision) => {
    const mean = accumulator(generator, precision);
    const square = accumulator(secondMoment === "scalar" ? 1 : generator, precision);
    return {
      tensors: { mean, square },
      direct(a, count) {
        const size = 1 / (1 - beta1 ** count);
        const correction = Math.sqrt(1 - beta2 ** count);
        if (secondMoment === "scalar") square[0] = beta2 * square[0] + (1 - beta2) * meanSquare(a);
        for (let i = 0; i < a.length; i++) {
          const at = secondMoment === "scalar" ? 0 : i;
          if (secondMoment !== "scalar") square[i] = beta2 * square[i] + (1 - beta2) * a[i] * a[i];
          mean[i] = beta1 * mean[i] + (1 - beta1) * a[i];
          const root = Math.sqrt(square[at]) / correction + epsilon;
          a[i] = root === 0 ? 0 : (size * mean[i]) / root;
        }
      },
    };
  });
}
