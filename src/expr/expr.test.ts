import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leakyRelu, softplus } from "./activations.ts";
import { differentiate } from "./differentiate.ts";
import { evaluate, tape } from "./evaluate.ts";
import { lower } from "./lower.ts";
import { modReLU } from "./modrelu.ts";
import { constant, type Leaf, leaf, type Real, topological } from "./node.ts";
import * as e from "./ops.ts";
import { print } from "./print.ts";
import { share } from "./share.ts";

const x = leaf("x");
const y = leaf("y");
const at = (a: number, b: number) => (l: Leaf) => (l === x ? a : b);

/** Smooth and kinked functions of (x, y) with a range where they are differentiable. */
const functions: [string, Real][] = [
  ["arithmetic", e.div(e.sub(e.mul(x, y), 3), e.add(e.mul(x, x), 1))],
  ["neg", e.neg(e.mul(x, 2))],
  ["abs", e.abs(x)],
  ["sign", e.mul(e.sign(x), y)],
  ["exp", e.exp(e.sub(x, y))],
  ["log", e.log(e.add(e.mul(x, x), 0.5))],
  ["tanh", e.tanh(e.mul(x, y))],
  ["sigmoid", e.sigmoid(e.add(x, y))],
  ["relu", e.relu(e.add(x, y))],
  ["sqrt", e.sqrt(e.add(e.mul(x, x), 2))],
  ["sin cos", e.mul(e.sin(x), e.cos(y))],
  ["min max", e.add(e.min(x, y), e.max(e.mul(x, 3), y))],
  ["select", e.select(e.less(x, y), e.mul(x, x), e.mul(y, 5))],
  ["modReLU", modReLU(x, y)],
  ["leaky ReLU", leakyRelu(e.sub(x, y), 0.1)],
  ["softplus", softplus(e.mul(x, y))],
  ["complex modReLU", e.abs(modReLU(e.complex(x, y), -0.3))],
  ["complex modReLU without ε", modReLU(e.complex(x, y), 0.2, { epsilon: 0 }).im],
  ["complex product", e.mul(e.complex(x, y), e.complex(y, 2)).re],
  ["complex quotient", e.div(e.complex(x, y), e.complex(e.add(e.mul(y, y), 1), x)).im],
  ["complex exp", e.exp(e.complex(x, y)).im],
  ["complex tanh", e.tanh(e.complex(x, e.mul(y, 0.3))).re],
  ["complex sigmoid", e.sigmoid(e.complex(x, e.mul(y, 0.3))).im],
  ["complex sign", e.sign(e.complex(x, y)).re],
  ["conjugate", e.mul(e.conjugate(e.complex(x, y)), e.complex(x, 2)).im],
];

const point = fc.double({ min: -2, max: 2, noNaN: true });

describe.each(functions)("%s", (_, f) => {
  it("has the derivative of central differences", () => {
    const adjoints = differentiate(new Map([[f, constant(1)]]));
    const gradient = [x, y].map((l) => adjoints.get(l) ?? constant(0));
    const value = (a: number, b: number) => evaluate([f], at(a, b))[0];
    fc.assert(
      fc.property(point, point, (a, b) => {
        // Away from kinks and poles, where the difference quotient means something.
        fc.pre(Math.abs(a) > 0.05 && Math.abs(a - b) > 0.05 && Math.abs(a + b) > 0.05 && Math.abs(3 * a - b) > 0.05);
        fc.pre(Math.abs(Math.abs(a) + b) > 0.05 && Math.abs(Math.hypot(a, b) - 0.3) > 0.05);
        const h = 1e-5;
        const expected = [(value(a + h, b) - value(a - h, b)) / (2 * h), (value(a, b + h) - value(a, b - h)) / (2 * h)];
        const actual = evaluate(gradient, at(a, b));
        for (const i of [0, 1])
          expect(Math.abs(actual[i] - expected[i])).toBeLessThan(1e-7 * (1 + Math.abs(expected[i]) ** 2));
      }),
    );
  });

  it("keeps its value when shared and, in float32 accuracy, when lowered", () => {
    const shared = share([f]).get(f) as Real;
    const lowered = lower([f]).get(f) as Real;
    const program = tape([f]);
    fc.assert(
      fc.property(point, point, (a, b) => {
        const [expected] = evaluate([f], at(a, b));
        expect(evaluate([shared], at(a, b))[0]).toBe(expected);
        for (const [l, register] of program.leaves) program.registers[register] = l === x ? a : b;
        program.run();
        expect(program.registers[program.roots[0]]).toBe(expected);
        const difference = Math.abs(evaluate([lowered], at(a, b))[0] - expected);
        expect(difference).toBeLessThanOrEqual(3e-6 * (1 + Math.abs(expected)));
      }),
    );
  });
});

describe("lowered transcendentals", () => {
  it.each([
    ["exp", e.exp(x), -86, 88.6],
    ["log", e.log(x), 1e-30, 1e30],
    ["tanh", e.tanh(x), -20, 20],
    ["sigmoid", e.sigmoid(x), -80, 80],
    ["sin", e.sin(x), -1000, 1000],
    ["cos", e.cos(x), -1000, 1000],
  ] as const)("%s is accurate over its range", (_, f, low, high) => {
    const lowered = lower([f]).get(f) as Real;
    fc.assert(
      fc.property(fc.double({ min: low, max: high, noNaN: true }), (a) => {
        const [expected] = evaluate([f], at(a, 0));
        const [actual] = evaluate([lowered], at(a, 0));
        expect(Math.abs(actual - expected)).toBeLessThan(
          4e-7 * Math.max(Math.abs(expected), low === -1000 ? 1 : 1e-38),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("gives softplus far from 0 without overflow, and half a slope at 0", () => {
    const f = softplus(x);
    const value = (a: number) => evaluate([lower([f]).get(f) as Real], at(a, 0))[0];
    expect([value(1e4), value(-1e4), value(0)]).toEqual([1e4, 0, expect.closeTo(Math.LN2, 6)]);
    const slope = differentiate(new Map([[f, constant(1)]])).get(x) as Real;
    expect(evaluate([slope], at(0, 0))[0]).toBe(0.5);
  });

  it("does not overflow for complex arguments far from 0", () => {
    for (const [f, a, expected] of [
      [e.tanh(e.complex(x, 0.5)).re, 400, 1],
      [e.tanh(e.complex(x, 0.5)).re, -400, -1],
      [e.sigmoid(e.complex(x, 0)).re, -800, 0],
      [e.sigmoid(e.complex(x, 0)).re, 800, 1],
    ] as const) {
      expect(evaluate([f], at(a, 0))[0]).toBeCloseTo(expected, 12);
      expect(evaluate([lower([f]).get(f) as Real], at(a, 0))[0]).toBeCloseTo(expected, 6);
    }
  });

  it("handles the ends of the range", () => {
    const value = (f: Real, a: number) => evaluate([lower([f]).get(f) as Real], at(a, 0))[0];
    expect(value(e.exp(x), -1000)).toBeLessThan(1e-37);
    expect(value(e.exp(x), 1000)).toBeGreaterThan(3.4e38);
    expect(value(e.log(x), 0)).toBe(-Infinity);
    expect(value(e.log(x), -1)).toBeNaN();
    expect(value(e.tanh(x), Number.NaN)).toBeNaN();
    expect(value(e.relu(x), Number.NaN)).toBeNaN();
    expect(value(e.sign(x), 0)).toBe(0);
  });
});

describe("conventions at kinks", () => {
  const derivative = (f: Real, a: number) =>
    evaluate([differentiate(new Map([[f, constant(1)]])).get(x) ?? constant(0)], at(a, 0))[0];
  it("are those of the docstrings", () => {
    expect(evaluate([modReLU(x, 0.5)], at(0, 0))).toEqual([0]);
    expect(derivative(modReLU(x, 0.5), 0)).toBe(0);
    expect(derivative(modReLU(x, -0.5), 0.4)).toBe(0);
    expect(derivative(e.relu(x), 0)).toBe(0);
    expect(derivative(e.abs(e.complex(x, 0)), 0)).toBe(0);
  });
});

describe("share", () => {
  it("makes equal subexpressions one node, also with arguments swapped", () => {
    const f = e.add(e.tanh(e.mul(x, y)), e.exp(e.tanh(e.mul(y, x))));
    const count = (root: Real) => topological([root]).filter((n) => n.kind === "operation").length;
    expect(count(f)).toBe(6);
    expect(count(share([f]).get(f) as Real)).toBe(4);
  });

  it("prints as a formula", () => {
    expect(print(e.add(e.tanh(x), e.mul(2, e.neg(y))))).toBe("(tanh(x) + (2 · −y))");
  });
});
