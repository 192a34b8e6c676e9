import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError, SingularMatrixError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { denseKernels, solve } from "./dense.ts";
import { identity, transpose } from "./matrix.ts";

const random = randomStream(1, "linalg");
const gaussian = (length: number) => Float64Array.from({ length }, () => random.normal());

function naive(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let p = 0; p < k; p++) out[i * n + j] += a[i * k + p] * b[p * n + j];
  return out;
}

function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  denseKernels.multiply(out, a, b, { m, k, n });
  return out;
}

function distance(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}

describe("denseKernels.multiply", () => {
  it("equals the triple loop for all shapes and transpositions", () => {
    const size = fc.integer({ min: 0, max: 21 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), (m, k, n, transposeA, transposeB) => {
        const a = gaussian(m * k);
        const b = gaussian(k * n);
        const out = new Float64Array(m * n).fill(Number.NaN);
        denseKernels.multiply(out, transposeA ? transpose(a, m, k) : a, transposeB ? transpose(b, k, n) : b, {
          m,
          k,
          n,
          transposeA,
          transposeB,
        });
        expect(distance(out, naive(a, b, m, k, n))).toBeLessThan(1e-12);
      }),
      { numRuns: 300 },
    );
  });

  it("crosses the borders of its cache blocks", () => {
    for (const [m, k, n] of [
      [65, 257, 513],
      [130, 515, 3],
      [1, 600, 520],
    ]) {
      const a = gaussian(m * k);
      const b = gaussian(k * n);
      expect(distance(product(a, b, m, k, n), naive(a, b, m, k, n))).toBeLessThan(1e-11);
    }
  });

  it("refuses arrays that do not fit", () => {
    const multiply = () => product(new Float64Array(5), new Float64Array(4), 2, 2, 2);
    expect(multiply).toThrow(ShapeError);
    expect(multiply).toThrow(/multiply: A: 2 × 2 needs an array of 4 numbers.*got 5/);
  });
});

describe("denseKernels.invert", () => {
  it("gives A⁻¹ on both sides, for every size up to 40 and some larger", () => {
    for (const n of [...Array(41).keys(), 63, 64, 65, 190]) {
      const a = gaussian(n * n);
      for (let i = 0; i < n; i++) a[i * n + i] += 3 * Math.sqrt(n);
      const kept = a.slice();
      const inverse = new Float64Array(n * n).fill(Number.NaN);
      denseKernels.invert(inverse, a, n);
      expect(a).toEqual(kept);
      expect(distance(product(a, inverse, n, n, n), identity(n))).toBeLessThan(1e-12);
      expect(distance(product(inverse, a, n, n, n), identity(n))).toBeLessThan(1e-12);
    }
  });

  it("pivots: permutations and zero diagonals are exact", () => {
    for (const n of [2, 7, 30, 61]) {
      const order = random.permutation(n);
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) a[i * n + order[i]] = i + 1;
      const inverse = new Float64Array(n * n);
      denseKernels.invert(inverse, a, n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) expect(inverse[i * n + j]).toBe(order[j] === i ? 1 / (j + 1) : 0);
    }
  });

  it("is as accurate as the condition allows: the Hilbert matrix of order 6 has an integer inverse", () => {
    const n = 6;
    const hilbert = Float64Array.from({ length: n * n }, (_, at) => 1 / (Math.floor(at / n) + (at % n) + 1));
    const inverse = new Float64Array(n * n);
    denseKernels.invert(inverse, hilbert, n);
    expect(Math.abs(inverse[0] / 36 - 1)).toBeLessThan(1e-9);
    expect(Math.abs(inverse[1] / -630 - 1)).toBeLessThan(1e-9);
    expect(Math.abs(inverse[n * n - 1] / 698544 - 1)).toBeLessThan(1e-9);
  });

  it("names the pivot and the column of a singular matrix", () => {
    const a = Float64Array.of(1, 2, 3, 2, 4, 6, 1, 1, 5);
    const singular = Float64Array.of(1, 0, 2, 0, 0, 0, 3, 0, 1);
    const out = new Float64Array(9);
    expect(() => denseKernels.invert(out, singular, 3)).toThrow(SingularMatrixError);
    expect(() => denseKernels.invert(out, singular, 3)).toThrow(/pivot 0 in column 1/);
    expect(() => denseKernels.invert(out, a, 3)).toThrow(/pivot 0 in column 2/);
    expect(() => denseKernels.invert(out, new Float64Array(9), 3)).toThrow(/pivot 0 in column 0/);
  });

  it("names a pivot that is not finite", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const a = identity(20);
      a[15 * 20 + 15] = bad;
      expect(() => denseKernels.invert(new Float64Array(400), a, 20)).toThrow(NonFiniteError);
      expect(() => denseKernels.invert(new Float64Array(400), a, 20)).toThrow(/column 15/);
    }
  });
});

describe("solve", () => {
  it("solves A·X = B for several right sides, leaving its arguments alone", () => {
    for (const [n, columns] of [
      [1, 1],
      [5, 2],
      [40, 1],
      [77, 13],
    ]) {
      const a = gaussian(n * n);
      for (let i = 0; i < n; i++) a[i * n + i] += 3 * Math.sqrt(n);
      const x = gaussian(n * columns);
      const b = naive(a, x, n, n, columns);
      const kept = b.slice();
      expect(distance(solve(a, b, n, columns), x)).toBeLessThan(1e-12);
      expect(b).toEqual(kept);
    }
  });

  it("throws on a singular system", () => {
    expect(() => solve(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 2), 2)).toThrow(SingularMatrixError);
  });
});
