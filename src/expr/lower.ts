import { constant, type Operator, type Real, topological } from "./node.ts";
import { operation } from "./real.ts";

/**
 * Transcendental functions as float32 arithmetic, written once for every backend: each is a polynomial after an exact
 * range reduction (the classical Cephes single-precision minimax polynomials), within a few units in the last place.
 * NaN passes through.
 */
export const lowerings: Partial<Record<Operator, (x: Real, y: Real) => Real>> = {
  exp: lowerExp,
  log: lowerLog,
  tanh: lowerTanh,
  sigmoid: (x) => div(1, add(lowerExp(operation("neg", x)), 1)),
  sin: (x) => lowerSine(x, 0),
  cos: (x) => lowerSine(x, 1),
  relu: (x) => operation("max", x, constant(0)),
  sign: (x) => lowerSign(x),
  modrelu: (z, b) => mul(lowerSign(z), operation("max", add(operation("abs", z), b), constant(0))),
};

/** True for operators that cost tens of instructions: worth storing, even for a whole sequence, rather than computing again. */
export function isTranscendental(operator: Operator): boolean {
  return ["exp", "log", "tanh", "sigmoid", "sin", "cos"].includes(operator);
}

/** True for those and for what a processor divides for: worth computing once where it does not change from step to step. */
export function isExpensive(operator: Operator): boolean {
  return isTranscendental(operator) || ["sqrt", "div", "hypot"].includes(operator);
}

/** Replaces every operator that has a lowering below `roots`; returns the image of each node. `given` nodes are kept. */
export function lower(roots: readonly Real[], given: ReadonlySet<Real> = new Set()): Map<Real, Real> {
  const image = new Map<Real, Real>();
  for (const node of topological(roots, (n) => given.has(n))) {
    if (node.kind !== "operation" || given.has(node)) image.set(node, node);
    else {
      const args = node.arguments.map((a) => image.get(a) as Real);
      const lowering = lowerings[node.operator];
      image.set(node, lowering ? lowering(args[0], args[1]) : operation(node.operator, ...args));
    }
  }
  return image;
}

type Number = Real | number;
const real = (x: Number): Real => (typeof x === "number" ? constant(x) : x);
const add = (a: Number, b: Number) => operation("add", real(a), real(b));
const sub = (a: Number, b: Number) => operation("sub", real(a), real(b));
const mul = (a: Number, b: Number) => operation("mul", real(a), real(b));
const div = (a: Number, b: Number) => operation("div", real(a), real(b));
const selectLess = (a: Number, b: Number, x: Number, y: Number) =>
  operation("selectLess", real(a), real(b), real(x), real(y));

/** Horner's scheme, highest coefficient first. */
function polynomial(x: Real, coefficients: readonly number[]): Real {
  return coefficients.slice(1).reduce((sum: Real, c) => add(mul(sum, x), c), constant(coefficients[0]));
}

/** −1, 0 or 1. */
function lowerSign(x: Real): Real {
  return selectLess(0, x, 1, selectLess(x, 0, -1, x));
}

/** eˣ = 2ⁿ·eʳ with n = round(x/ln 2), |r| ≤ ln 2 / 2; 0 below −87.3, Infinity above 88.73. */
function lowerExp(x: Real): Real {
  const low = selectLess(x, -88.5, -88.5, x);
  const clamped = selectLess(89, low, 89, low);
  const n = operation("round", mul(clamped, Math.LOG2E));
  const r = sub(sub(clamped, mul(n, 0.693359375)), mul(n, -2.1219444e-4));
  const p = polynomial(r, [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5]);
  const power = add(add(mul(mul(r, r), p), r), 1);
  // 2^(n−1) twice over: n = 128 is still in range just below the overflow threshold.
  const half = operation("pow2", operation("max", sub(n, 1), constant(-127)));
  return mul(mul(power, half), 2);
}

/** tanh x: an odd polynomial below 0.625, 1 − 2/(e²ˣ + 1) above. */
function lowerTanh(x: Real): Real {
  const magnitude = operation("abs", x);
  const square = mul(x, x);
  const p = polynomial(
    square,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = add(mul(mul(p, square), x), x);
  const far = sub(1, div(2, add(lowerExp(mul(magnitude, 2)), 1)));
  return selectLess(magnitude, 0.625, near, selectLess(x, 0, operation("neg", far), far));
}

/** ln x = e·ln 2 + ln m with m in [√½, √2); −Infinity at 0, NaN below. */
function lowerLog(x: Real): Real {
  const rawMantissa = operation("mantissa", x);
  const rawExponent = operation("exponent", x);
  const large = (yes: Number, no: Number) => selectLess(Math.SQRT2, rawMantissa, yes, no);
  const e = add(rawExponent, large(1, 0));
  const m = sub(large(mul(rawMantissa, 0.5), rawMantissa), 1);
  const square = mul(m, m);
  const p = polynomial(
    m,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const fraction = sub(add(mul(mul(m, square), p), mul(e, -2.1219444e-4)), mul(square, 0.5));
  const value = add(add(m, fraction), mul(e, 0.693359375));
  const finite = selectLess(3.4028235e38, x, x, value);
  return selectLess(0, x, finite, selectLess(x, 0, Number.NaN, add(x, -Infinity)));
}

/** sin(x + quarterTurns·π/2), reduced by π/2 in three parts; accurate for |x| up to about 8000. */
function lowerSine(x: Real, quarterTurns: number): Real {
  const q = operation("round", mul(x, 2 / Math.PI));
  const r = sub(sub(sub(x, mul(q, 1.5703125)), mul(q, 4.83751296997e-4)), mul(q, 7.54978995489e-8));
  const square = mul(r, r);
  const sine = add(mul(mul(polynomial(square, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]), square), r), r);
  const p = polynomial(square, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]);
  const cosine = add(sub(mul(mul(p, square), square), mul(square, 0.5)), 1);
  const turned = add(q, quarterTurns);
  // For an integer t: t mod 4 through round, which has no ties here.
  const quadrant = sub(turned, mul(operation("round", sub(mul(turned, 0.25), 0.375)), 4));
  const isOdd = sub(quadrant, mul(operation("round", sub(mul(quadrant, 0.5), 0.25)), 2));
  const magnitude = selectLess(isOdd, 0.5, sine, cosine);
  return selectLess(quadrant, 1.5, magnitude, operation("neg", magnitude));
}
