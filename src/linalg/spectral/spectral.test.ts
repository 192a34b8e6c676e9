import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError } from "../../errors.ts";
import { randomStream } from "../../random/stream.ts";
import { denseKernels } from "../dense.ts";
import { spectralRadius as exactRadius } from "../eigenvalues.ts";
import { identity, transpose } from "../matrix.ts";
import { haarOrthogonal } from "../orthogonal.ts";
import { eigenResidual } from "./arnoldi.ts";
import { estimateSpectralNorm } from "./spectral-norm.ts";
import { estimateSpectralRadius, leftVector, type SpectralRadiusMethod } from "./spectral-radius.ts";
import { multiplyVector } from "./vector.ts";

const random = randomStream(1, "spectral");
const gaussian = (n: number, scale = 1) => Float64Array.from({ length: n * n }, () => scale * random.normal());

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  denseKernels.multiply(out, a, b, { m: n, k: n, n });
  return out;
}

/** P·B·Pᵀ with P orthogonal and B of the given diagonal blocks, so that the eigenvalues are known. */
function withBlocks(n: number, blocks: readonly (number | readonly [radius: number, angle: number])[], above = 0) {
  const b = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) b[i * n + j] = above * random.normal();
  let at = 0;
  for (const block of blocks) {
    if (typeof block === "number") {
      b[at * n + at] = block;
      at += 1;
      continue;
    }
    const [radius, angle] = block;
    b[at * n + at] = radius * Math.cos(angle);
    b[at * n + at + 1] = radius * Math.sin(angle);
    b[(at + 1) * n + at] = -radius * Math.sin(angle);
    b[(at + 1) * n + at + 1] = radius * Math.cos(angle);
    at += 2;
  }
  const p = haarOrthogonal(n, random);
  return multiply(multiply(p, b, n), transpose(p, n, n), n);
}

const times = (a: Float64Array, n: number) => (out: Float64Array, x: Float64Array) => multiplyVector(out, a, x, n);

describe("estimateSpectralRadius", () => {
  const rest = (n: number, used: number) => Array.from({ length: n - used }, (_, i) => 0.8 * Math.cos(i));

  it("finds a complex dominant pair, on which the power method never settles", () => {
    const n = 60;
    const a = withBlocks(n, [[1.25, 1], ...rest(n, 2)], 0.05);
    const power = estimateSpectralRadius(a, n, { method: "power", maxIterations: 3000 });
    expect(power.converged).toBe(false);
    expect(power.residual).toBeGreaterThan(0.1);
    expect(Math.abs(power.radius - 1.25)).toBeGreaterThan(0.1);
    for (const method of ["auto", "arnoldi", "schur"] as const) {
      const found = estimateSpectralRadius(a, n, { method });
      expect(found).toMatchObject({ converged: true, method: method === "auto" ? "arnoldi" : method });
      expect(found.radius).toBeCloseTo(1.25, 9);
      expect(found.eigenvalue.re).toBeCloseTo(1.25 * Math.cos(1), 9);
      expect(found.eigenvalue.im).toBeCloseTo(1.25 * Math.sin(1), 9);
      expect(eigenResidual(times(a, n), found.eigenvalue.re, found.eigenvalue.im, found.vector)).toBeLessThan(1e-11);
    }
  });

  it("stays with the power method where one real eigenvalue dominates", () => {
    const n = 60;
    const found = estimateSpectralRadius(withBlocks(n, [-2, ...rest(n, 1)], 0.01), n);
    expect(found).toMatchObject({ converged: true, method: "power" });
    expect(found.radius).toBeCloseTo(2, 9);
    expect(found.eigenvalue.re).toBeCloseTo(-2, 9);
  });

  it.each<SpectralRadiusMethod>(["arnoldi", "schur"])(
    "agrees with all eigenvalues of Gaussian matrices: %s",
    (method) => {
      for (const n of [1, 2, 7, 41, 80]) {
        const a = gaussian(n, 1 / Math.sqrt(n));
        const found = estimateSpectralRadius(a, n, { method });
        expect(found.converged).toBe(true);
        expect(found.radius).toBeCloseTo(exactRadius(a, n), 9);
      }
    },
  );

  it("knows the matrices without a direction of their own: zero, nilpotent, identity, orthogonal, ± pairs", () => {
    for (const n of [5, 50]) {
      const nilpotent = new Float64Array(n * n).map((_, i) => (i % n === Math.floor(i / n) + 1 ? 1 : 0));
      expect(estimateSpectralRadius(new Float64Array(n * n), n).radius).toBe(0);
      expect(estimateSpectralRadius(identity(n), n).radius).toBeCloseTo(1, 13);
      expect(estimateSpectralRadius(haarOrthogonal(n, random), n).radius).toBeCloseTo(1, 10);
      expect(estimateSpectralRadius(withBlocks(n, [3, -3, ...rest(n, 2)]), n).radius).toBeCloseTo(3, 9);
      expect(estimateSpectralRadius(nilpotent, n, { method: "schur" }).radius).toBe(0);
    }
  });

  it("sees an eigenvalue that has overtaken the one it starts at", () => {
    const n = 40;
    const a = withBlocks(n, [1, 0.5, ...rest(n, 2).map((value) => 0.4 * value)]);
    const { vector, eigenvalue } = estimateSpectralRadius(a, n);
    // A ← A − 0.9·xxᵀ on a symmetric A.
    const deflated = a.map((value, i) => value - 0.9 * eigenvalue.re * vector.re[Math.floor(i / n)] * vector.re[i % n]);
    expect(estimateSpectralRadius(deflated, n, { start: vector.re }).radius).toBeCloseTo(0.5, 9);
  });

  it("finds the left vector of the same eigenvalue", () => {
    for (const n of [9, 60]) {
      const a = withBlocks(n, [[1.25, 2], ...rest(n, 2)], 0.05);
      const { eigenvalue } = estimateSpectralRadius(a, n);
      const y = leftVector(a, n, eigenvalue);
      const residual = eigenResidual(times(transpose(a, n, n), n), eigenvalue.re, -eigenvalue.im, y);
      expect(residual).toBeLessThan(1e-10);
    }
  });

  it("refuses matrices that are not finite", () => {
    expect(() => estimateSpectralRadius(gaussian(40).fill(Number.NaN, 3, 4), 40)).toThrow(NonFiniteError);
    expect(() => estimateSpectralNorm(Float64Array.of(Number.POSITIVE_INFINITY), 1)).toThrow(NonFiniteError);
    expect(() => estimateSpectralRadius(new Float64Array(3), 2)).toThrow(ShapeError);
  });
});

describe("estimateSpectralNorm", () => {
  it("is the root of the largest eigenvalue of WᵀW, with its vectors", () => {
    for (const n of [1, 2, 7, 41, 120]) {
      for (const w of [gaussian(n), haarOrthogonal(n, random), new Float64Array(n * n), withBlocks(n, [9])]) {
        const found = estimateSpectralNorm(w, n);
        const gram = multiply(transpose(w, n, n), w, n);
        expect(found.converged).toBe(true);
        expect(found.norm).toBeCloseTo(Math.sqrt(exactRadius(gram, n)), 10);
        const image = new Float64Array(n);
        multiplyVector(image, transpose(w, n, n), found.left, n);
        image.forEach((value, i) => {
          expect(value).toBeCloseTo(found.norm * found.right[i], 9);
        });
      }
    }
  });

  it("uses the power method where it is quick and Lanczos' where it is not", () => {
    const n = 60;
    expect(estimateSpectralNorm(withBlocks(n, [3, 1, 0.5]), n).method).toBe("power");
    expect(estimateSpectralNorm(gaussian(n), n).method).toBe("lanczos");
  });
});
