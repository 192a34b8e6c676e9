import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError, UsageError } from "../errors.ts";
import {
  adjoint,
  complexGaussian,
  gaussian,
  matrixOf,
  maxDistance,
  product,
  spectrumCases,
  unitarityResidual,
} from "../testing/matrices.ts";
import { EPSILON, type RealOrComplex, toComplex } from "./complex.ts";
import { numericalRank } from "./rank.ts";
import { singularValues, svd } from "./svd.ts";

/** Asserts U·Σ·Vᴴ = A and orthonormal U, V to c·eps·max(rows, columns). */
function expectDecomposes(a: RealOrComplex, rows: number, columns: number): Float64Array {
  const { u, singularValues: sigma, v } = svd(a, rows, columns);
  const k = Math.min(rows, columns);
  const tolerance = 4 * Math.max(rows, columns) * EPSILON;
  expect(sigma.length).toBe(k);
  for (let i = 0; i < k; i++) expect(sigma[i] >= (sigma[i + 1] ?? 0)).toBe(true);
  expect(unitarityResidual(u, rows, k)).toBeLessThanOrEqual(tolerance);
  expect(unitarityResidual(v, columns, k)).toBeLessThanOrEqual(tolerance);
  const scaledU = toComplex(u);
  for (const part of [scaledU.re, scaledU.im]) for (let i = 0; i < part.length; i++) part[i] *= sigma[i % k];
  const back = product(scaledU, adjoint(v, columns, k), rows, k, columns);
  expect(maxDistance(back, a)).toBeLessThanOrEqual(tolerance * sigma[0]);
  return sigma;
}

describe("svd", () => {
  it.each(spectrumCases())("of $name: reconstructs, and agrees with LAPACK", (fixture) => {
    const { rows, columns } = fixture;
    const a = matrixOf(fixture);
    const tolerance = 2 * Math.max(rows, columns) * EPSILON * fixture.singularValues[0];
    const withVectors = expectDecomposes(a, rows, columns);
    const alone = singularValues(a, rows, columns);
    fixture.singularValues.forEach((sigma, i) => {
      expect(Math.abs(withVectors[i] - sigma)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(alone[i] - sigma)).toBeLessThanOrEqual(tolerance);
    });
  });

  it("decomposes any shape, real or complex, with zero and repeated rows", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.boolean(), fc.integer({ min: 0, max: 3 }), fc.nat(), (m, n, complex, kind, seed) => {
        const a = toComplex(complex ? complexGaussian(seed, m * n) : gaussian(seed, m * n));
        for (const part of [a.re, a.im]) {
          if (kind === 1) part.fill(0, 0, n);
          if (kind === 2) part.copyWithin(0, (m - 1) * n);
          if (kind === 3) part.set(part.map(Math.round));
        }
        expectDecomposes(complex ? a : a.re, m, n);
      }),
      { numRuns: 200 },
    );
  });

  it("handles zero, diagonal, huge and tiny matrices", () => {
    expect([...expectDecomposes(new Float64Array(12), 3, 4)]).toEqual([0, 0, 0]);
    expect([...singularValues(Float64Array.of(-2, 0, 0, 5), 2, 2)]).toEqual([5, 2]);
    for (const scale of [2 ** -1000, 2 ** -900, 2 ** 900, 2 ** 1020]) {
      const sigma = singularValues(Float64Array.of(3 * scale, 0, 4 * scale, 5 * scale), 2, 2);
      expect(sigma[0] / scale).toBeCloseTo(Math.sqrt(45), 14);
      expect(sigma[1] / scale).toBeCloseTo(Math.sqrt(5), 14);
    }
  });

  it("finds the small singular values of a graded bidiagonal matrix to full relative accuracy", () => {
    // Π σ = Π |d|; upwards and downwards graded, over 60 decades.
    for (const sign of [1, -1]) {
      const n = 20;
      const a = new Float64Array(n * n);
      let expected = 0;
      for (let i = 0; i < n; i++) {
        const d = 10 ** (sign * 3 * (i - n / 2));
        a[i * n + i] = d;
        if (i + 1 < n) a[i * n + i + 1] = 7 * d;
        expected += Math.log(d);
      }
      const sum = singularValues(a, n, n).reduce((total, sigma) => total + Math.log(sigma), 0);
      expect(Math.abs(sum - expected)).toBeLessThan(1e-12);
      expectDecomposes(a, n, n);
    }
  });

  it("refuses empty matrices, arrays that do not fit, and NaN", () => {
    expect(() => svd(new Float64Array(0), 0, 3)).toThrow(ShapeError);
    expect(() => svd(new Float64Array(5), 2, 3)).toThrow(ShapeError);
    expect(() => svd({ re: new Float64Array(6), im: new Float64Array(5) }, 2, 3)).toThrow(ShapeError);
    expect(() => singularValues(Float64Array.of(1, Number.NaN), 1, 2)).toThrow(NonFiniteError);
    const im = Float64Array.of(0, Number.NEGATIVE_INFINITY);
    expect(() => singularValues({ re: new Float64Array(2), im }, 1, 2)).toThrow(/\(0, 1\).*-Infinity/);
  });
});

describe("numericalRank", () => {
  it("counts singular values above max(rows, columns)·eps·σ₁", () => {
    const a = toComplex(product(gaussian(1, 30 * 4), gaussian(2, 4 * 20), 30, 4, 20)).re;
    const { rank, tolerance, singularValues: sigma, gap } = numericalRank(a, 30, 20);
    expect(rank).toBe(4);
    expect(tolerance).toBe(30 * EPSILON * sigma[0]);
    expect(gap).toBe(sigma[3] / sigma[4]);
    expect(gap).toBeGreaterThan(1e10);
  });

  it("takes a tolerance of one's own, and knows rank 0 and full rank", () => {
    const a = Float64Array.of(4, 0, 0, 1e-3);
    expect(numericalRank(a, 2, 2)).toMatchObject({ rank: 2, gap: Number.POSITIVE_INFINITY });
    expect(numericalRank(a, 2, 2, { tolerance: 1e-2 })).toMatchObject({ rank: 1, gap: 4000, tolerance: 1e-2 });
    expect(numericalRank(a, 2, 2, { tolerance: 4 }).rank).toBe(0);
    expect(numericalRank(new Float64Array(4), 2, 2)).toMatchObject({ rank: 0, gap: Number.POSITIVE_INFINITY });
    expect(() => numericalRank(a, 2, 2, { tolerance: Number.NaN })).toThrow(UsageError);
  });
});
