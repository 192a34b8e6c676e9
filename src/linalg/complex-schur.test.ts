import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConvergenceError, NonFiniteError, ShapeError } from "../errors.ts";
import {
  adjoint,
  complexGaussian,
  gaussian,
  matchedDistances,
  matrixOf,
  maxDistance,
  norm,
  product,
  spectrumCases,
  unitarityResidual,
} from "../testing/matrices.ts";
import { type ComplexMatrix, EPSILON, type RealOrComplex, toComplex } from "./complex.ts";
import { reduceToTriangular } from "./complex-hessenberg-qr.ts";
import { complexSchur } from "./complex-schur.ts";
import { eigenvalues, spectralRadius } from "./eigenvalues.ts";
import { reduceToRealSchur } from "./real-hessenberg-qr.ts";
import { singularValues } from "./svd.ts";

const square = spectrumCases().filter(({ rows, columns }) => rows === columns);

/** Asserts Q·T·Qᴴ = A, QᴴQ = I to 20·n·eps (the threshold of LAPACK's own tests), T triangular. Returns its diagonal. */
function expectSchur(a: RealOrComplex, n: number): ComplexMatrix {
  const { q, t } = complexSchur(a, n);
  const back = product(product(q, t, n, n, n), adjoint(q, n, n), n, n, n);
  expect(maxDistance(back, a)).toBeLessThanOrEqual(20 * n * EPSILON * norm(a));
  expect(unitarityResidual(q, n, n)).toBeLessThanOrEqual(20 * n * EPSILON);
  for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) expect([t.re[i * n + j], t.im[i * n + j]]).toEqual([0, 0]);
  const diagonal = (part: Float64Array) => part.filter((_, i) => i % (n + 1) === 0);
  return { re: diagonal(t.re), im: diagonal(t.im) };
}

describe("complexSchur", () => {
  it.each(square)("of $name: small residuals, and the eigenvalues LAPACK finds", (fixture) => {
    const { rows: n, eigenvalues: expected, conditions = [] } = fixture;
    if (expected === undefined) throw new Error(`${fixture.name} has no eigenvalues`);
    const a = matrixOf(fixture);
    const unit = 2 * n * EPSILON * norm(a);
    for (const actual of [expectSchur(a, n), eigenvalues(a, n), eigenvalues(a, n, { balance: true })]) {
      expect(actual.re.length).toBe(n);
      matchedDistances(actual, expected).forEach((distance, i) => {
        expect(distance).toBeLessThanOrEqual(unit * conditions[i]);
      });
    }
    // The path of complex matrices, on real ones too.
    expectSchur(toComplex(a), n);
  });

  it("decomposes any matrix: sparse, with integers, with zero rows, triangular, repeated", () => {
    const size = fc.integer({ min: 1, max: 14 });
    fc.assert(
      fc.property(size, fc.boolean(), fc.integer({ min: 0, max: 5 }), fc.nat(), (n, complex, kind, seed) => {
        const a = toComplex(complex ? complexGaussian(seed, n * n) : gaussian(seed, n * n));
        const gate = gaussian(seed + 1, n * n);
        for (const part of [a.re, a.im]) {
          if (kind === 1) part.fill(0, 0, n);
          if (kind === 2) part.set(part.map(Math.round));
          if (kind === 3) part.set(part.map((x, i) => (gate[i] > 0.5 ? x : 0)));
          if (kind === 4) part.set(part.map((x, i) => (i % n < Math.floor(i / n) ? x : 0)));
          if (kind === 5) part.set(part.map((x, i) => x * 10 ** -Math.floor(i / n)));
        }
        const diagonal = expectSchur(complex ? a : a.re, n);
        const alone = eigenvalues(complex ? a : a.re, n);
        const trace = (values: ComplexMatrix) => values.re.reduce((sum, x) => sum + x, 0);
        expect(Math.abs(trace(alone) - trace(diagonal))).toBeLessThanOrEqual(20 * n * EPSILON * (norm(a) || 1));
      }),
      { numRuns: 300 },
    );
  });

  it("breaks the cycle of permutation matrices, whose unshifted steps stand still", () => {
    for (const n of [2, 3, 4, 7, 30]) {
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) a[((i + 1) % n) * n + i] = 1;
      const angles = Array.from({ length: n }, (_, i) => (2 * Math.PI * i) / n);
      const roots = { re: angles.map(Math.cos), im: angles.map(Math.sin) };
      for (const matrix of [a, toComplex(a)]) {
        for (const distance of matchedDistances(expectSchur(matrix, n), roots)) expect(distance).toBeLessThan(1e-14);
      }
    }
  });

  it("handles n = 1, zero, huge and tiny matrices", () => {
    expect(eigenvalues(Float64Array.of(-3), 1)).toEqual({ re: Float64Array.of(-3), im: Float64Array.of(0) });
    expect([...expectSchur(new Float64Array(9), 3).re]).toEqual([0, 0, 0]);
    for (const scale of [2 ** -1000, 2 ** 1000]) {
      const { re, im } = eigenvalues(Float64Array.of(0, 2 * scale, -2 * scale, 0), 2);
      expect([...re, ...im].map((x) => x / scale)).toEqual([0, 0, 2, -2]);
      const { t } = complexSchur(Float64Array.of(scale, 2 * scale, -2 * scale, 5 * scale), 2);
      expect(t.re[0] / scale).toBeCloseTo(3, 7);
    }
  });

  it("keeps Q unitary where a shift is an eigenvalue to the last bit: transposed Jordan blocks", () => {
    for (let n = 2; n <= 16; n++) {
      const part = () => {
        const a = new Float64Array(n * n);
        for (let i = 0; i < n; i++) a[i * n + i] = 0.5;
        for (let i = 1; i < n; i++) a[i * n + i - 1] = 1;
        return a;
      };
      expectSchur({ re: part(), im: part() }, n);
      expectSchur(part(), n);
    }
  });

  it("converges where squares of the elements underflow", () => {
    const n = 60;
    const a = gaussian(3, n * n).map((x, i) => x * 10 ** -(2 * (Math.floor(i / n) + (i % n))));
    expectSchur(a, n);
    expectSchur(toComplex(a), n);
    expect(singularValues(toComplex(a), n, n)[n - 1]).toBeLessThan(1e-200);
  });

  it("refuses empty and non-square matrices, and NaN", () => {
    for (const decompose of [complexSchur, eigenvalues]) {
      expect(() => decompose(new Float64Array(0), 0)).toThrow(ShapeError);
      expect(() => decompose(new Float64Array(6), 2)).toThrow(ShapeError);
      expect(() => decompose(Float64Array.of(1, 2, Number.NaN, 4), 2)).toThrow(NonFiniteError);
      const im = Float64Array.of(0, 0, 0, Number.POSITIVE_INFINITY);
      expect(() => decompose({ re: new Float64Array(4), im }, 2)).toThrow(NonFiniteError);
    }
  });
});

describe("the QR iterations", () => {
  it("give up with a ConvergenceError rather than run on", () => {
    const lost = () => new Float64Array(16).fill(Number.NaN);
    expect(() => reduceToRealSchur(lost(), 4, undefined)).toThrow(ConvergenceError);
    expect(() => reduceToTriangular({ re: lost(), im: lost() }, 4, undefined)).toThrow(ConvergenceError);
  });
});

describe("eigenvalues", () => {
  it("of a real matrix come in exactly conjugate pairs", () => {
    const { re, im } = eigenvalues(gaussian(5, 31 * 31), 31);
    for (let i = 0; i < 31; i++) {
      if (im[i] === 0) continue;
      expect(im[i]).toBeGreaterThan(0);
      expect([re[i + 1], im[i + 1]]).toEqual([re[i], -im[i]]);
      i++;
    }
  });

  it("are exact after balancing where scaling hides them", () => {
    // D·B·D⁻¹ with B's eigenvalues; without balancing the small ones drown.
    const n = 6;
    const b = gaussian(11, n * n);
    const a = b.map((x, i) => x * 2 ** (12 * (Math.floor(i / n) - (i % n))));
    const expected = eigenvalues(b, n);
    const worst = Math.max(...matchedDistances(eigenvalues(a, n, { balance: true }), expected));
    expect(worst).toBeLessThan(1e-13);
    expect(Math.max(...matchedDistances(eigenvalues(a, n), expected))).toBeGreaterThan(1e3 * worst);
  });

  it("gives the spectral radius", () => {
    expect(spectralRadius(Float64Array.of(0, 3, -3, 0), 2)).toBeCloseTo(3, 14);
    expect(spectralRadius(Float64Array.of(1, 100, 0, -2), 2)).toBe(2);
  });
});
