import { describe, expect, it } from "vitest";
import {
  denseKernels,
  type FieldKernels,
  fieldKernels,
  frobeniusNorm,
  orthogonalityResidual,
  unitarityResidual,
} from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { complexCayley } from "./complex-cayley.ts";
import { fullOrthogonal } from "./orthogonal.ts";
import type { Parametrization } from "./parametrization.ts";
import { parametrizations } from "./registry.ts";
import { scaledCayley } from "./scaled-cayley.ts";
import { fullUnitary } from "./unitary.ts";

/** Every registered parametrization with its defaults, and the option values worth the same care. */
const subjects: Record<string, Parametrization> = {
  ...Object.fromEntries(Object.entries(parametrizations).map(([name, { create }]) => [name, create()])),
  "scaled-cayley, D = I": scaledCayley({ negativeOnes: 0, init: "zero" }),
  "scaled-cayley, D = −I": scaledCayley({ negativeOnes: 1 }),
  "scaled-cayley, Henaff": scaledCayley({ negativeOnes: 0.1, init: "henaff" }),
  "complex-cayley, A = 0": complexCayley({ init: "zero" }),
  "unitary, Haar": fullUnitary({ init: "haar" }),
  "orthogonal, Henaff": fullOrthogonal({ init: "henaff" }),
};

describe.each(Object.entries(subjects))("%s", (_, parametrization) => {
  describe.each([1, 2, 5, 16, 33])("n = %i", (n) => {
    const random = randomStream(n, "conformance");
    const gaussian = (length: number, scale = 1) => Float64Array.from({ length }, () => scale * random.normal());
    const count = parametrization.parameterCount(n);
    const bound = parametrization.bind(n, denseKernels);
    const { field } = parametrization.properties;
    const algebra = fieldKernels(field, denseKernels);
    const size = algebra.length(n, n);
    const residual = (weight: Float64Array) =>
      field === "complex" ? unitarityResidual(weight, n) : orthogonalityResidual(weight, n);
    const materialize = (theta: Float64Array) => {
      const weight = new Float64Array(size).fill(Number.NaN);
      bound.materialize(theta, weight);
      return weight;
    };
    /** Initial and random θ, small and large; on a manifold initial ones alone. */
    const draws = () =>
      parametrization.manifold
        ? [1, 2, 3, 4].map((seed) => parametrization.initialize(n, randomStream(seed, "init")))
        : [
            parametrization.initialize(n, randomStream(1, "init")),
            ...[0.01, 1, 100].map((scale) => gaussian(count, scale)),
          ];

    it("initializes parameterCount finite numbers, the same for the same stream", () => {
      const theta = parametrization.initialize(n, randomStream(1, "init"));
      expect(theta.length).toBe(count);
      expect(theta.every(Number.isFinite)).toBe(true);
      expect(parametrization.initialize(n, randomStream(1, "init"))).toEqual(theta);
    });

    it("materializes a finite W that depends on θ alone", () => {
      const [first, ...others] = draws();
      const weight = materialize(first);
      expect(weight.every(Number.isFinite)).toBe(true);
      for (const theta of others) materialize(theta);
      expect(materialize(first)).toEqual(weight);
    });

    it("materializes and pulls back in float32 what it does in float64", () => {
      const theta = Float32Array.from(gaussian(count));
      const gradient = Float32Array.from(gaussian(size));
      const exact = { weight: materialize(Float64Array.from(theta)), theta: new Float64Array(count) };
      bound.pullback(Float64Array.from(gradient), exact.theta);
      const single = { weight: new Float32Array(size), theta: new Float32Array(count) };
      bound.materialize(theta, single.weight);
      bound.pullback(gradient, single.theta);
      expect(single.weight).toEqual(Float32Array.from(exact.weight));
      expect(single.theta).toEqual(Float32Array.from(exact.theta));
    });

    it("pulls back the derivative that central differences see", () => {
      for (const theta of [parametrization.initialize(n, randomStream(1, "init")), gaussian(count, 0.5)]) {
        const gradient = gaussian(size);
        const loss = (at: Float64Array) => materialize(at).reduce((sum, value, i) => sum + value * gradient[i], 0);
        const pulled = new Float64Array(count).fill(Number.NaN);
        bound.materialize(theta, new Float64Array(size));
        bound.pullback(gradient, pulled);
        for (let i = 0; i < count; i++) {
          const step = 1e-5 * Math.max(1, Math.abs(theta[i]));
          const shifted = (by: number) => theta.with(i, theta[i] + by);
          const difference = (loss(shifted(step)) - loss(shifted(-step))) / (2 * step);
          expect(Math.abs(pulled[i] - difference)).toBeLessThan(2e-8 * Math.max(1, frobeniusNorm(gradient)));
        }
      }
    });

    it("is as orthogonal and as normal as it declares, no less and no more", () => {
      const residuals = draws().map((theta) => residual(materialize(theta)));
      const commutators = draws().map((theta) => commutator(materialize(theta), n, algebra));
      if (parametrization.properties.isOrthogonal) expect(Math.max(...residuals)).toBeLessThan(1e-12);
      else expect(Math.max(...residuals)).toBeGreaterThan(1e-3);
      if (parametrization.properties.isNormal || n === 1) expect(Math.max(...commutators)).toBeLessThan(1e-12);
      else expect(Math.max(...commutators)).toBeGreaterThan(1e-3);
    });

    it("keeps its spectral norm bound", () => {
      const bound = parametrization.properties.spectralNormBound;
      const norms = draws().map((theta) => spectralNorm(materialize(theta), n, algebra));
      if (Number.isFinite(bound)) expect(Math.max(...norms)).toBeLessThan(bound * (1 + 1e-12));
      else expect(Math.max(...norms)).toBeGreaterThan(10);
    });

    it("names parts that make up θ, and a manifold that θ starts on", () => {
      const parts = Object.values(parametrization.parts?.(n) ?? { theta: count });
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(count);
      const manifold = parametrization.manifold?.(n);
      if (manifold === undefined) return;
      expect(fieldKernels(manifold.field, denseKernels).length(manifold.rows, manifold.columns)).toBe(count);
      const theta = parametrization.initialize(n, randomStream(1, "init"));
      const check = manifold.field === "complex" ? unitarityResidual : orthogonalityResidual;
      expect(check(theta, manifold.columns, manifold.rows)).toBeLessThan(1e-13);
    });

    it("refuses arrays of the wrong length", () => {
      const theta = gaussian(count);
      const weight = gaussian(size);
      const longer = (array: Float64Array) => new Float64Array(array.length + 1);
      bound.materialize(theta, weight);
      expect(() => bound.materialize(longer(theta), weight)).toThrow(/got/);
      expect(() => bound.materialize(theta, longer(weight))).toThrow(/got/);
      expect(() => bound.pullback(longer(weight), theta)).toThrow(/got/);
      expect(() => bound.pullback(weight, longer(theta))).toThrow(/got/);
    });
  });
});

/** ‖WᴴW − WWᴴ‖_F. */
function commutator(w: Float64Array, n: number, algebra: FieldKernels): number {
  const first = new Float64Array(w.length);
  const second = new Float64Array(w.length);
  algebra.multiply(first, w, w, { m: n, k: n, n, adjointA: true });
  algebra.multiply(second, w, w, { m: n, k: n, n, adjointB: true });
  return frobeniusNorm(first.map((value, i) => value - second[i]));
}

/** A lower bound of ‖W‖₂ that 200 power iterations on WᴴW bring close. */
function spectralNorm(w: Float64Array, n: number, algebra: FieldKernels): number {
  const random = randomStream(n, "power");
  let vector = Float64Array.from({ length: algebra.length(n, 1) }, () => random.normal());
  let norm = 0;
  for (let iteration = 0; iteration < 200; iteration++) {
    const size = frobeniusNorm(vector);
    vector = vector.map((value) => value / size);
    const image = new Float64Array(vector.length);
    algebra.multiply(image, w, vector, { m: n, k: n, n: 1 });
    norm = frobeniusNorm(image);
    algebra.multiply(vector, w, image, { m: n, k: n, n: 1, adjointA: true });
  }
  return norm;
}
