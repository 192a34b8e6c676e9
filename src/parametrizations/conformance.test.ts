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
import { antisymmetric } from "./antisymmetric.ts";
import { complexCayley } from "./complex-cayley.ts";
import { dtriv } from "./dtriv.ts";
import { exponential } from "./exponential.ts";
import { householder } from "./householder.ts";
import { fullOrthogonal } from "./orthogonal.ts";
import type { Parametrization } from "./parametrization.ts";
import { parametrizations } from "./registry.ts";
import { scaledCayley } from "./scaled-cayley.ts";
import { schur } from "./schur.ts";
import { spectralNorm } from "./spectral-norm.ts";
import { spectralRadius } from "./spectral-radius.ts";
import { svd } from "./svd.ts";
import { symmetricSkew } from "./symmetric-skew.ts";
import { fullUnitary } from "./unitary.ts";

/** Every registered parametrization with its defaults, and the option values worth the same care. */
const subjects: Record<string, Parametrization> = {
  ...Object.fromEntries(Object.entries(parametrizations).map(([name, { create }]) => [name, create()])),
  "scaled-cayley, D = I": scaledCayley({ negativeOnes: 0, init: "zero" }),
  "scaled-cayley, D = −I": scaledCayley({ negativeOnes: 1 }),
  "scaled-cayley, Henaff": scaledCayley({ negativeOnes: 0.1, init: "henaff" }),
  "exponential, Helfrich": exponential({ init: "helfrich" }),
  "exponential, A = 0": exponential({ init: "zero" }),
  "dtriv, K = 1": dtriv({ rebaseEvery: 1, projectEvery: 1 }),
  "householder, m = 1": householder({ reflections: 1 }),
  "svd, no margin": svd({ margin: 0 }),
  "svd, wide, Cayley": svd({ margin: 1.5, factors: "scaled-cayley", init: "helfrich" }),
  "schur, no penalty": schur({ delta: 0, decay: 0, init: "zero" }),
  "spectral-norm, normalized": spectralNorm({ mode: "normalize", bound: 0.7 }),
  "spectral-radius, normalized": spectralRadius({ mode: "normalize", bound: 1.1 }),
  "antisymmetric, γ = 0": antisymmetric({ gamma: 0 }),
  "symmetric-skew, β = 0": symmetricSkew({ beta: 0 }),
  "symmetric-skew, β = 1": symmetricSkew({ beta: 1 }),
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

    /** Every entry of a short θ; of a long one some entries, and some directions that move all of them. */
    const directions = (): Float64Array[] => {
      const unit = (i: number) => new Float64Array(count).fill(1, i, i + 1);
      if (count <= 150) return Array.from({ length: count }, (_, i) => unit(i));
      const entries = Array.from({ length: 12 }, () => unit(random.integer(count)));
      return [...entries, ...Array.from({ length: 6 }, () => gaussian(count, 1 / Math.sqrt(count)))];
    };

    it("initializes parameterCount finite numbers, the same for the same stream", () => {
      const theta = parametrization.initialize(n, randomStream(1, "init"));
      expect(theta.length).toBe(count);
      expect(theta.every(Number.isFinite)).toBe(true);
      expect(parametrization.initialize(n, randomStream(1, "init"))).toEqual(theta);
    });

    it("materializes a finite W that depends on θ and the buffers alone", () => {
      const buffers = structuredClone(bound.buffers);
      const [first, ...others] = draws();
      const weight = materialize(first);
      expect(weight.every(Number.isFinite)).toBe(true);
      for (const theta of others) materialize(theta);
      expect(materialize(first)).toEqual(weight);
      expect(bound.buffers).toEqual(buffers);
    });

    it("keeps W when it is told of an update, and goes on from its buffers with the same bits", () => {
      const other = parametrization.bind(n, denseKernels);
      const moving = parametrization.bind(n, denseKernels);
      let theta = parametrization.initialize(n, randomStream(1, "init"));
      for (let update = 0; update < 3; update++) {
        theta = theta.map((value) => value + 0.1 * random.normal());
        const before = new Float64Array(size);
        const after = new Float64Array(size);
        const resumed = new Float64Array(size);
        moving.materialize(theta, before);
        moving.updated?.(theta);
        moving.materialize(theta, after);
        for (const [name, values] of Object.entries(moving.buffers ?? {})) other.buffers?.[name].set(values);
        other.materialize(theta, resumed);
        expect(frobeniusNorm(after.map((value, i) => value - before[i]))).toBeLessThan(1e-11);
        expect(resumed).toEqual(after);
      }
    });

    it.runIf(bound.penalty)("adds the gradient of its penalty, as central differences see it", () => {
      for (const theta of [parametrization.initialize(n, randomStream(1, "init")), gaussian(count, 0.5)]) {
        const penalty = (at: Float64Array) => {
          materialize(at);
          return bound.penalty?.(new Float64Array(count)) ?? Number.NaN;
        };
        const gradient = gaussian(count);
        const before = gradient.slice();
        materialize(theta);
        const value = bound.penalty?.(gradient) ?? Number.NaN;
        expect(value).toBeGreaterThanOrEqual(0);
        for (const direction of directions()) {
          const slope = derivative(penalty, theta, direction);
          const added = gradient.reduce((sum, entry, i) => sum + (entry - before[i]) * direction[i], 0);
          expect(Math.abs(added - slope)).toBeLessThan(1e-8 * Math.max(1, value));
        }
      }
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
        for (const direction of directions()) {
          const slope = derivative(loss, theta, direction);
          const expected = pulled.reduce((sum, value, i) => sum + value * direction[i], 0);
          expect(Math.abs(expected - slope)).toBeLessThan(2e-8 * Math.max(1, frobeniusNorm(gradient)));
        }
      }
    });

    it("is as orthogonal and as normal as it declares, no less and no more", () => {
      const residuals = draws().map((theta) => residual(materialize(theta)));
      const commutators = draws().map((theta) => commutator(materialize(theta), n, algebra));
      if (parametrization.properties.isOrthogonal) expect(Math.max(...residuals)).toBeLessThan(1e-12);
      else expect(Math.max(...residuals)).toBeGreaterThan(1e-3);
      if (parametrization.properties.isNormal || n === 1) expect(Math.max(...commutators)).toBeLessThan(1e-12);
      else if (n > 2) expect(Math.max(...commutators)).toBeGreaterThan(1e-3);
    });

    it("keeps its spectral norm bound", () => {
      const bound = parametrization.properties.spectralNormBound;
      const norms = draws().map((theta) => estimateNorm(materialize(theta), n, algebra));
      if (Number.isFinite(bound)) expect(Math.max(...norms)).toBeLessThan(bound * (1 + 1e-12));
      // Two units at least, and one entry that makes W far from normal.
      const lopsided = gaussian(count).fill(1e6, 1, 2);
      if (!Number.isFinite(bound) && n > 1) {
        expect(Math.max(...norms, estimateNorm(materialize(lopsided), n, algebra))).toBeGreaterThan(10);
      }
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
      if (bound.penalty) expect(() => bound.penalty?.(longer(theta))).toThrow(/got/);
    });
  });
});

/** The derivative of f at θ along a direction, by five points: short reflection vectors need the fourth order. */
function derivative(f: (at: Float64Array) => number, theta: Float64Array, direction: Float64Array): number {
  const reach = theta.reduce((largest, value, i) => Math.max(largest, Math.abs(value * direction[i])), 1);
  const step = 1e-5 * reach;
  const at = (by: number) => f(theta.map((value, i) => value + by * step * direction[i]));
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
}

/** ‖WᴴW − WWᴴ‖_F / max(1, ‖W‖²_F). */
function commutator(w: Float64Array, n: number, algebra: FieldKernels): number {
  const first = new Float64Array(w.length);
  const second = new Float64Array(w.length);
  algebra.multiply(first, w, w, { m: n, k: n, n, adjointA: true });
  algebra.multiply(second, w, w, { m: n, k: n, n, adjointB: true });
  return frobeniusNorm(first.map((value, i) => value - second[i])) / Math.max(1, frobeniusNorm(w) ** 2);
}

/** A lower bound of ‖W‖₂ that 200 power iterations on WᴴW bring close. */
function estimateNorm(w: Float64Array, n: number, algebra: FieldKernels): number {
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
