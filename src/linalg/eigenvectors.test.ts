import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError } from "../errors.ts";
import {
  adjoint,
  complexGaussian,
  gaussian,
  matrixOf,
  maxDistance,
  norm,
  product,
  spectrumCases,
} from "../testing/matrices.ts";
import { type ComplexMatrix, EPSILON, type RealOrComplex } from "./complex.ts";
import { eigenvectors } from "./eigenvectors.ts";
import { identity } from "./matrix.ts";
import { conditionNumber } from "./rank.ts";

const square = spectrumCases().filter(({ rows, columns }) => rows === columns);

/** Asserts A·V = V·Λ and Yᴴ·A = Λ·Yᴴ to 20·n·eps·‖A‖, and columns of unit length. */
function expectEigenvectors(a: RealOrComplex, n: number) {
  const result = eigenvectors(a, n);
  const { values, right, left, conditions } = result;
  const bound = 20 * n * EPSILON * norm(a);
  expect(maxDistance(product(a, right, n, n, n), timesDiagonal(right, values, n))).toBeLessThanOrEqual(bound);
  const conjugated = { re: values.re, im: values.im.map((x) => -x) };
  const fromLeft = product(adjoint(a, n, n), left, n, n, n);
  expect(maxDistance(fromLeft, timesDiagonal(left, conjugated, n))).toBeLessThanOrEqual(bound);
  for (const vectors of [right, left]) {
    const gram = product(adjoint(vectors, n, n), vectors, n, n, n);
    for (let k = 0; k < n; k++) expect(Math.abs(gram.re[k * n + k] - 1)).toBeLessThan(n * 10 * EPSILON);
  }
  for (const condition of conditions) expect(condition).toBeGreaterThanOrEqual(1);
  return result;
}

function timesDiagonal({ re, im }: ComplexMatrix, values: ComplexMatrix, n: number): ComplexMatrix {
  return {
    re: re.map((x, i) => x * values.re[i % n] - im[i] * values.im[i % n]),
    im: re.map((x, i) => x * values.im[i % n] + im[i] * values.re[i % n]),
  };
}

describe("eigenvectors", () => {
  it.each(square)("of $name: small residuals", (fixture) => {
    expectEigenvectors(matrixOf(fixture), fixture.rows);
  });

  // The zero eigenvalues of rank7 and those of jordan coincide: LAPACK's condition numbers are rounding errors there.
  it.each(square.filter(({ name }) => name !== "rank7" && name !== "jordan"))(
    "of $name: the condition numbers of the eigenvalues as LAPACK has them",
    (fixture) => {
      const { rows: n, eigenvalues: expected, conditions: theirs } = fixture;
      if (expected === undefined || theirs === undefined) throw new Error(`${fixture.name} has no eigenvalues`);
      const { values, conditions } = eigenvectors(matrixOf(fixture), n);
      const worst = Math.max(...theirs);
      // One rounding of A changes them relatively by about eps·worst.
      const tolerance = Math.min(1e-2, 1e-12 + n * EPSILON * worst);
      for (let i = 0; i < n; i++) {
        const distances = Array.from(values.re, (x, j) =>
          Math.hypot(x - expected.re[i], values.im[j] - expected.im[i]),
        );
        const nearest = distances.indexOf(Math.min(...distances));
        const candidates = Array.from(conditions).filter((_, j) => distances[j] <= distances[nearest] + 1e-12);
        const error = Math.min(...candidates.map((condition) => Math.abs(condition / theirs[i] - 1)));
        expect(error).toBeLessThanOrEqual(tolerance);
      }
    },
  );

  it("agree with 1/|yᴴx| and the closed form √(1 + c²) of [[1, c], [0, 2]]", () => {
    for (const c of [0, 1, 1e3, 1e150]) {
      const { conditions } = eigenvectors(Float64Array.of(1, c, 0, 2), 2);
      for (const condition of conditions) expect(condition / Math.hypot(1, c)).toBeCloseTo(1, 13);
    }
    const n = 12;
    const { right, left, conditions } = expectEigenvectors(complexGaussian(4, n * n), n);
    const overlaps = product(adjoint(left, n, n), right, n, n, n);
    for (let k = 0; k < n; k++) {
      const overlap = Math.hypot(overlaps.re[k * n + k], overlaps.im[k * n + k]);
      expect(conditions[k] * overlap).toBeCloseTo(1, 12);
    }
    // Left and right vectors of different eigenvalues are orthogonal.
    for (let i = 0; i < n * n; i++) {
      if (i % (n + 1) !== 0) expect(Math.hypot(overlaps.re[i], overlaps.im[i])).toBeLessThan(1e-12);
    }
  });

  it("κ(V) is 1 for normal matrices, and bounds every condition number", () => {
    const { right, conditions } = eigenvectors(gaussian(8, 900), 30);
    const kappa = conditionNumber(right, 30);
    for (const condition of conditions) expect(condition).toBeLessThanOrEqual(kappa * (1 + 1e-10));
    const symmetric = gaussian(9, 64);
    for (let i = 0; i < 8; i++) for (let j = 0; j < i; j++) symmetric[i * 8 + j] = symmetric[j * 8 + i];
    const normal = eigenvectors(symmetric, 8);
    expect(conditionNumber(normal.right, 8)).toBeCloseTo(1, 12);
    expect(maxDistance(normal.right, normal.left)).toBeLessThan(1e-12);
    expect(eigenvectors(identity(4), 4).conditions).toEqual(new Float64Array(4).fill(1));
  });

  it("of long Jordan blocks neither overflow nor become NaN", () => {
    for (const diagonal of [0, 1, 1e-300, 1e300]) {
      const n = 40;
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) a[i * n + i] = diagonal;
      for (let i = 0; i + 1 < n; i++) a[i * n + i + 1] = 1;
      const { right, left, conditions } = eigenvectors(a, n);
      for (const part of [right.re, right.im, left.re, left.im]) expect(part.every(Number.isFinite)).toBe(true);
      if (diagonal < 2) expect(Math.min(...conditions)).toBeGreaterThan(1e10);
    }
  });

  it("satisfy the equations for any matrix", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.boolean(), fc.nat(), (n, complex, seed) => {
        expectEigenvectors(complex ? complexGaussian(seed, n * n) : gaussian(seed, n * n).map(Math.round), n);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses empty and non-square matrices, and NaN", () => {
    expect(() => eigenvectors(new Float64Array(0), 0)).toThrow(ShapeError);
    expect(() => eigenvectors(new Float64Array(6), 2)).toThrow(ShapeError);
    expect(() => eigenvectors(Float64Array.of(Number.NaN), 1)).toThrow(NonFiniteError);
  });
});

describe("conditionNumber", () => {
  it("is σ₁/σ_k", () => {
    expect(conditionNumber(Float64Array.of(0, 4, -2, 0), 2)).toBeCloseTo(2, 14);
    expect(conditionNumber(Float64Array.of(3, 0, 0, 4, 0, 0), 3, 2)).toBeCloseTo(4 / 3, 14);
    expect(conditionNumber(new Float64Array(4), 2)).toBe(Number.POSITIVE_INFINITY);
  });
});
