import type { Real } from "./node.ts";
import { abs, add, exp, less, log, mul, neg, select } from "./ops.ts";

/** a where a ≥ 0, else slope · a. */
export const leakyRelu = (a: Real, slope = 0.01): Real => select(less(a, 0), mul(slope, a), a);

/** ln(1 + eᵃ), as (a + |a|)/2 + ln(1 + e^−|a|), which does not overflow. */
export const softplus = (a: Real): Real => {
  const modulus = abs(a);
  return add(mul(0.5, add(a, modulus)), log(add(1, exp(neg(modulus)))));
};
