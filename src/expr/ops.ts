import { type Complex, isComplex, toComplex } from "./complex.ts";
import { constant, type Real } from "./node.ts";
import { operation } from "./real.ts";

/** A real or complex per-unit expression; complex ones are pairs of real ones. */
export type Value = Real | Complex;
export type Operand = Value | number;

/** What arithmetic on operands gives: complex as soon as one of them is. */
export type Combined<A extends Operand, B extends Operand> = Complex extends A | B ? Complex : Real;

/** A comparison, to be used as the condition of `select`. */
export interface Condition {
  readonly lesser: Real;
  readonly greater: Real;
}

/** a + b. */
export function add<A extends Operand, B extends Operand>(a: A, b: B): Combined<A, B> {
  return lift(
    a,
    b,
    (x, y) => operation("add", x, y),
    (x, y) => complexOf(add(x.re, y.re), add(x.im, y.im)),
  );
}

/** a − b. */
export function sub<A extends Operand, B extends Operand>(a: A, b: B): Combined<A, B> {
  return lift(
    a,
    b,
    (x, y) => operation("sub", x, y),
    (x, y) => complexOf(sub(x.re, y.re), sub(x.im, y.im)),
  );
}

/** a · b, unit by unit. */
export function mul<A extends Operand, B extends Operand>(a: A, b: B): Combined<A, B> {
  return lift(
    a,
    b,
    (x, y) => operation("mul", x, y),
    (x, y) => complexOf(sub(mul(x.re, y.re), mul(x.im, y.im)), add(mul(x.re, y.im), mul(x.im, y.re))),
  );
}

/** a / b. */
export function div<A extends Operand, B extends Operand>(a: A, b: B): Combined<A, B> {
  return lift(
    a,
    b,
    (x, y) => operation("div", x, y),
    (x, y) => {
      const square = add(mul(y.re, y.re), mul(y.im, y.im));
      const product = mul(x, conjugate(y));
      return complexOf(div(product.re, square), div(product.im, square));
    },
  );
}

/** −a. */
export function neg<A extends Operand>(a: A): Combined<A, A> {
  return lift(
    a,
    a,
    (x) => operation("neg", x),
    (x) => complexOf(neg(x.re), neg(x.im)),
  );
}

/** |a|: the absolute value, or the modulus √(re² + im²); its gradient at 0 is 0. */
export function abs(a: Operand): Real {
  return isComplex(a) ? operation("hypot", a.re, a.im) : operation("abs", real(a));
}

/** −1, 0 or 1; z/|z| for complex z (0 at 0). The real sign has gradient 0. */
export function sign<A extends Operand>(a: A): Combined<A, A> {
  return lift(
    a,
    a,
    (x) => operation("sign", x),
    (z) => {
      const modulus = abs(z);
      const scale = select(less(0, modulus), div(1, modulus), 0);
      return complexOf(mul(z.re, scale), mul(z.im, scale));
    },
  );
}

/** eᵃ; for complex a, e^re (cos im + i sin im). */
export function exp<A extends Operand>(a: A): Combined<A, A> {
  return lift(
    a,
    a,
    (x) => operation("exp", x),
    (z) => {
      const scale = operation("exp", z.re);
      return complexOf(mul(scale, operation("cos", z.im)), mul(scale, operation("sin", z.im)));
    },
  );
}

/** tanh a; for complex a, (tanh 2x + i sin 2y · sech 2x) / (1 + cos 2y · sech 2x), which does not overflow. */
export function tanh<A extends Operand>(a: A): Combined<A, A> {
  return lift(
    a,
    a,
    (x) => operation("tanh", x),
    (z) => {
      const [x, y] = [mul(z.re, 2), mul(z.im, 2)];
      const decay = operation("exp", neg(abs(x)));
      const sech = div(mul(decay, 2), add(mul(decay, decay), 1));
      const denominator = add(mul(operation("cos", y), sech), 1);
      return complexOf(div(operation("tanh", x), denominator), div(mul(operation("sin", y), sech), denominator));
    },
  );
}

/** 1 / (1 + e⁻ᵃ); for complex a, (1 + tanh(a/2)) / 2. */
export function sigmoid<A extends Operand>(a: A): Combined<A, A> {
  return lift(
    a,
    a,
    (x) => operation("sigmoid", x),
    (z) => mul(add(tanh(mul(z, 0.5)), 1), 0.5),
  );
}

/** Natural logarithm of a real. */
export const log = (a: Real | number): Real => operation("log", real(a));
/** Square root of a real. */
export const sqrt = (a: Real | number): Real => operation("sqrt", real(a));
/** Sine of a real, in radians. */
export const sin = (a: Real | number): Real => operation("sin", real(a));
/** Cosine of a real, in radians. */
export const cos = (a: Real | number): Real => operation("cos", real(a));
/** max(a, 0), with gradient 0 at 0. */
export const relu = (a: Real | number): Real => operation("relu", real(a));
/** The smaller; a tie passes its gradient to the first argument. */
export const min = (a: Real | number, b: Real | number): Real => operation("min", real(a), real(b));
/** The larger; a tie passes its gradient to the first argument. */
export const max = (a: Real | number, b: Real | number): Real => operation("max", real(a), real(b));

/** The condition a < b. */
export const less = (a: Real | number, b: Real | number): Condition => ({ lesser: real(a), greater: real(b) });
/** The condition a > b. */
export const greater = (a: Real | number, b: Real | number): Condition => less(b, a);

/** x where the condition holds, else y; gradients flow to the chosen side only. */
export function select<A extends Operand, B extends Operand>(condition: Condition, x: A, y: B): Combined<A, B> {
  const { lesser, greater: other } = condition;
  const choose = (p: Real, q: Real) => operation("selectLess", lesser, other, p, q);
  return lift(x, y, choose, (p, q) => complexOf(choose(p.re, q.re), choose(p.im, q.im)));
}

/** re − i·im. */
export const conjugate = (z: Complex): Complex => complexOf(z.re, neg(z.im));
/** A complex value from its parts. */
export const complex = (re: Real | number, im: Real | number): Complex => complexOf(real(re), real(im));

const complexOf = (re: Real, im: Real): Complex => ({ kind: "complex", re, im });
const real = (a: Real | number): Real => (typeof a === "number" ? constant(a) : a);

function lift<A extends Operand, B extends Operand>(
  a: A,
  b: B,
  onReals: (x: Real, y: Real) => Real,
  onComplexes: (x: Complex, y: Complex) => Complex,
): Combined<A, B> {
  const result =
    isComplex(a) || isComplex(b)
      ? onComplexes(toComplex(a), toComplex(b))
      : onReals(real(a as Real | number), real(b as Real | number));
  return result as Combined<A, B>;
}
