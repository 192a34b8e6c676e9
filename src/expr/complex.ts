import { constant, type Real } from "./node.ts";

/** A complex expression as a pair of real ones, so that differentiation and code generation only ever see reals. */
export interface Complex {
  readonly kind: "complex";
  readonly re: Real;
  readonly im: Real;
}

export function isComplex(value: Real | Complex | number): value is Complex {
  return typeof value !== "number" && value.kind === "complex";
}

/** The same value with an imaginary part. */
export function toComplex(value: Real | Complex | number): Complex {
  if (typeof value === "number") return { kind: "complex", re: constant(value), im: constant(0) };
  return value.kind === "complex" ? value : { kind: "complex", re: value, im: constant(0) };
}
