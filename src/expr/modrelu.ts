import { type Complex, isComplex } from "./complex.ts";
import { constant, type Real } from "./node.ts";
import { abs, add, complex, div, greater, mul, relu, select } from "./ops.ts";
import { operation } from "./real.ts";

/**
 * modReLU: σ_b(z) = z/|z| · max(|z| + b, 0), which changes the modulus and keeps the sign or phase.
 *
 * Real z: sign(z)·max(|z|+b, 0), 0 with gradient 0 at z = 0 (Helfrich et al., 2018). Complex z: z·max(|z|+b, 0)/(|z|+ε);
 * Arjovsky et al. (2016) use ε = 1e−5, EURNN 0.01; with ε = 0 the value at z = 0 is 0.
 */
export function modReLU(z: Real, b: Real | number): Real;
export function modReLU(z: Complex, b: Real | number, options?: { epsilon?: number }): Complex;
export function modReLU(z: Real | Complex, b: Real | number, { epsilon = 1e-5 } = {}): Real | Complex {
  if (!isComplex(z)) return operation("modrelu", z, typeof b === "number" ? constant(b) : b);
  const modulus = abs(z);
  const rectified = relu(add(modulus, b));
  const quotient = div(rectified, add(modulus, epsilon));
  const scale = epsilon > 0 ? quotient : select(greater(modulus, 0), quotient, 0);
  return complex(mul(z.re, scale), mul(z.im, scale));
}
