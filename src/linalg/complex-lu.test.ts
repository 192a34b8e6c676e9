import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError, SingularMatrixError } from "../errors.ts";
import { complexGaussian, gaussian, matrixOf, maxDistance, norm, product, spectrumCases } from "../testing/matrices.ts";
import { EPSILON, toComplex } from "./complex.ts";
import { complexSolve } from "./complex-lu.ts";
import { solve } from "./dense.ts";

describe("complexSolve", () => {
  it.each(spectrumCases().filter(({ rows, columns }) => rows === columns))(
    "is backward stable for $name",
    (fixture) => {
      const n = fixture.rows;
      const a = toComplex(matrixOf(fixture));
      const b = complexGaussian(3, n * 2);
      const x = complexSolve(a, b, n, 2);
      const residual = maxDistance(product(a, x, n, n, 2), b);
      expect(residual).toBeLessThanOrEqual(2 * n * EPSILON * norm(a) * norm(x));
    },
  );

  it("solves any Gaussian system to a small residual, with any number of right-hand sides", () => {
    const size = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 4 }), fc.nat(), (n, columns, seed) => {
        const a = complexGaussian(seed, n * n);
        const b = complexGaussian(seed + 1, n * columns);
        const x = complexSolve(a, b, n, columns);
        const bound = 4 * n * EPSILON * norm(a) * norm(x);
        expect(maxDistance(product(a, x, n, n, columns), b)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 100 },
    );
  });

  it("agrees with the real solver", () => {
    const [a, b] = [gaussian(1, 400), gaussian(2, 20)];
    const { re, im } = complexSolve(toComplex(a), toComplex(b), 20);
    expect(maxDistance(re, solve(a, b, 20))).toBeLessThan(1e-12);
    expect([...im].every((y) => y === 0)).toBe(true);
  });

  it("needs pivoting, and survives huge and tiny numbers", () => {
    // [[0, i], [2, 0]]·(1, 2) = (2i, 2)
    for (const scale of [1, 1e-300, 1e300]) {
      const a = { re: Float64Array.of(0, 0, 2 * scale, 0), im: Float64Array.of(0, scale, 0, 0) };
      const b = { re: Float64Array.of(0, 2 * scale), im: Float64Array.of(2 * scale, 0) };
      const x = complexSolve(a, b, 2);
      expect(maxDistance(x, Float64Array.of(1, 2))).toBeLessThan(1e-15);
    }
  });

  it("refuses singular and non-finite matrices and wrong shapes", () => {
    const zero = { re: new Float64Array(4), im: new Float64Array(4) };
    const b = { re: new Float64Array(2), im: new Float64Array(2) };
    expect(() => complexSolve(zero, b, 2)).toThrow(SingularMatrixError);
    expect(() => complexSolve({ ...zero, im: Float64Array.of(0, 1, Number.NaN, 1) }, b, 2)).toThrow(NonFiniteError);
    expect(() => complexSolve(zero, b, 3)).toThrow(ShapeError);
    expect(() => complexSolve(zero, { ...b, im: new Float64Array(3) }, 2)).toThrow(ShapeError);
  });
});
