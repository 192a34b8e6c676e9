import type { Operator } from "./node.ts";

/** Each operator on float64 numbers: the definition that constant folding and the reference backend share. */
export const scalarFunctions: Record<Operator, (...args: number[]) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  hypot: (a, b) => Math.sqrt(a * a + b * b),
  modrelu: (z, b) => {
    const size = Math.abs(z) + b;
    return size > 0 || Number.isNaN(size) ? Math.sign(z) * size : 0;
  },
  selectLess: (a, b, x, y) => (a < b ? x : y),
  round: roundToEven,
  pow2: (n) => 2 ** n,
  exponent: (x) => exponentOf(x),
  mantissa: (x) => x / 2 ** exponentOf(x),
};

function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

function exponentOf(x: number): number {
  let exponent = Math.floor(Math.log2(Math.abs(x)));
  if (Math.abs(x) / 2 ** exponent >= 2) exponent++;
  if (Math.abs(x) / 2 ** exponent < 1) exponent--;
  return exponent;
}
