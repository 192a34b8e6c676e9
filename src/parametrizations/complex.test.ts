import { describe, expect, it } from "vitest";
import { ShapeError, UsageError } from "../errors.ts";
import { denseKernels, fieldKernels, unitarityResidual } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { complexCayley } from "./complex-cayley.ts";
import { type ComplexInitializerName, complexGlorot, unitaryProduct } from "./complex-init.ts";
import { fullOrthogonal, parametrization } from "./index.ts";
import { fillSkewHermitian } from "./skew-hermitian.ts";
import { fullUnitary } from "./unitary.ts";

const algebra = fieldKernels("complex", denseKernels);
const multiply = (a: Float64Array, b: Float64Array, n: number) => {
  const out = new Float64Array(2 * n * n);
  algebra.multiply(out, a, b, { m: n, k: n, n });
  return out;
};

describe("complexCayley", () => {
  it("satisfies (I + A)·W = (I − A)·D, with θ the triangles of A and the angles of D", () => {
    const n = 5;
    const random = randomStream(1, "theta");
    const theta = Float64Array.from({ length: n * n + n }, () => random.normal());
    const w = new Float64Array(2 * n * n);
    complexCayley().bind(n, denseKernels).materialize(theta, w);
    const a = new Float64Array(2 * n * n);
    fillSkewHermitian(a, theta, n, 0);
    // A's upper triangle: k₀₁ … of its real part, then s₀₀, s₀₁ … of its imaginary part.
    expect([a[1], a[n], a[n * n], a[n * n + 1], a[n * n + n]]).toEqual([
      theta[0],
      -theta[0],
      theta[10],
      theta[11],
      theta[11],
    ]);
    const aw = multiply(a, w, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const at = i * n + j;
        const [cos, sin] = [Math.cos(theta[n * n + j]), Math.sin(theta[n * n + j])];
        const [re, im] = [(i === j ? 1 : 0) - a[at], -a[n * n + at]];
        expect(w[at] + aw[at]).toBeCloseTo(re * cos - im * sin, 12);
        expect(w[n * n + at] + aw[n * n + at]).toBeCloseTo(re * sin + im * cos, 12);
      }
    }
  });

  it("starts with a real A and angles all around the circle", () => {
    const n = 60;
    const theta = complexCayley().initialize(n, randomStream(1, "init"));
    expect(theta.slice((n * (n - 1)) / 2, n * n).every((value) => value === 0)).toBe(true);
    const quarters = [0, 0, 0, 0];
    for (const angle of theta.slice(n * n)) quarters[Math.floor(angle / (Math.PI / 2))]++;
    expect(quarters.reduce((sum, count) => sum + count, 0)).toBe(n);
    expect(Math.min(...quarters)).toBeGreaterThan(n / 8);
    expect(theta.slice(0, n * n).filter((value) => value !== 0).length).toBe(n / 2);
    expect(theta.slice(0, n * n).some((value) => value > 1) && theta.some((value) => value < -1)).toBe(true);
  });

  it("refuses a pullback before it was materialized, and θ of another size", () => {
    const bound = complexCayley().bind(2, denseKernels);
    expect(() => bound.pullback(new Float64Array(8), new Float64Array(6))).toThrow(/materialize first/);
    expect(() => bound.materialize(new Float64Array(7), new Float64Array(8))).toThrow(ShapeError);
  });
});

describe("complex initializers", () => {
  it("unitaryProduct is the product of the uRNN's factors, applied to unit vectors", () => {
    const n = 6;
    const w = unitaryProduct(n, randomStream(2, "init"));
    const random = randomStream(2, "init");
    const draw = (bound: number, length = n) => Array.from({ length }, () => random.uniform(-bound, bound));
    const angles = [draw(Math.PI), draw(Math.PI), draw(Math.PI)];
    const bound = Math.sqrt(6 / (2 + 2 * n));
    const vectors = [draw(bound, 2 * n), draw(bound, 2 * n)];
    const order = random.permutation(n);
    type Vector = [re: number, im: number][];
    const times = ([a, b]: number[], [c, d]: number[]): [number, number] => [a * c - b * d, a * d + b * c];
    const sum = (terms: Vector): [number, number] =>
      terms.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0] as [number, number]);
    const phase = (z: Vector, which: number): Vector =>
      z.map((value, j) => times(value, [Math.cos(angles[which][j]), Math.sin(angles[which][j])]));
    const fourier = (z: Vector, sign: number): Vector =>
      z.map((_, k) => {
        const terms = z.map((value, j) => {
          const angle = (sign * 2 * Math.PI * j * k) / n;
          return times(value, [Math.cos(angle) / Math.sqrt(n), Math.sin(angle) / Math.sqrt(n)]);
        });
        return sum(terms);
      });
    const reflect = (z: Vector, which: number): Vector => {
      const v = z.map((_, j) => [vectors[which][j], vectors[which][n + j]]);
      const norm = vectors[which].reduce((total, value) => total + value * value, 0);
      const inner = sum(z.map((value, j) => times([v[j][0], -v[j][1]], value)));
      return z.map(([re, im], j) => {
        const [x, y] = times(v[j], inner);
        return [re - (2 * x) / norm, im - (2 * y) / norm];
      });
    };
    for (let row = 0; row < n; row++) {
      let z: Vector = Array.from({ length: n }, (_, j) => [j === row ? 1 : 0, 0]);
      z = reflect(fourier(phase(z, 0), -1), 0);
      z = Array.from(order, (from) => z[from]);
      z = phase(reflect(fourier(phase(z, 1), 1), 1), 2);
      z.forEach(([re, im], j) => {
        expect(w[row * n + j]).toBeCloseTo(re, 13);
        expect(w[n * n + row * n + j]).toBeCloseTo(im, 13);
      });
    }
  });

  it("unitaryProduct is unitary for large n", () => {
    expect(unitarityResidual(unitaryProduct(101, randomStream(1, "init")), 101)).toBeLessThan(1e-13);
  });

  it("complexGlorot has variance 1/n, half of it in each part", () => {
    const n = 100;
    const w = complexGlorot(n, randomStream(1, "init"));
    const power = (part: Float64Array) => part.reduce((sum, value) => sum + value * value, 0) / n;
    expect(Math.abs(power(w.subarray(0, n * n)) - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(power(w.subarray(n * n)) - 0.5)).toBeLessThan(0.03);
  });

  it("are chosen by name, and refused when unknown or off the manifold", () => {
    const identity = parametrization({ name: "complex-free", init: "identity" }).initialize(2, randomStream(1, "init"));
    expect([...identity]).toEqual([1, 0, 0, 1, 0, 0, 0, 0]);
    expect(() => parametrization({ name: "complex-free", init: "har" as ComplexInitializerName })).toThrow(/"haar"/);
    expect(() => fullUnitary({ init: "glorot" as "haar" })).toThrow(UsageError);
    expect(() => fullOrthogonal({ init: "henaf" as "henaff" })).toThrow(/"henaff"/);
    const stretched = fullUnitary({ init: (n) => new Float64Array(2 * n * n).fill(2) });
    expect(() => stretched.initialize(2, randomStream(1, "init"))).toThrow(/max \|WᴴW − I\| = /);
    const zero = fullOrthogonal({ init: ({ fanIn }) => new Float64Array(fanIn * fanIn) });
    expect(() => zero.initialize(2, randomStream(1, "init"))).toThrow(UsageError);
  });
});
