import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError, SingularMatrixError } from "../../errors.ts";
import { denseKernels } from "../../linalg/dense.ts";
import { randomStream } from "../../random/stream.ts";
import { wasmDense } from "./dense.ts";

const dense = wasmDense();

function matrix(size: number, ...indices: number[]): Float64Array {
  const random = randomStream(3, "matrix", ...indices);
  return Float64Array.from({ length: size }, () => random.normal());
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}

describe("dense algebra", () => {
  it("multiplies like the TypeScript kernels, in all orientations", () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), (m, k, n, transposeA, transposeB) => {
        const shape = { m, k, n, transposeA, transposeB };
        const [a, b] = [matrix(m * k, m, k), matrix(k * n, k, n)];
        const [actual, expected] = [new Float64Array(m * n), new Float64Array(m * n)];
        dense.multiply(actual, a, b, shape);
        denseKernels.multiply(expected, a, b, shape);
        expect(largestDifference(actual, expected)).toBeLessThan(1e-13 * k);
      }),
    );
  });

  it.each([1, 2, 5, 31, 32, 33, 64, 65, 100, 190])("inverts %i × %i", (n) => {
    const a = matrix(n * n, n);
    const [inverse, product] = [new Float64Array(n * n), new Float64Array(n * n)];
    dense.invert(inverse, a, n);
    dense.multiply(product, a, inverse, { m: n, k: n, n });
    const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const expected = new Float64Array(n * n);
    denseKernels.invert(expected, a, n);
    const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    expect(largestDifference(product, identity)).toBeLessThan(1e-13 * n * scale);
  });

  it("inverts where every pivot must be found below the diagonal", () => {
    const n = 70;
    const cyclic = Float64Array.from({ length: n * n }, (_, i) => (i % n === (Math.floor(i / n) + 1) % n ? 2 : 0));
    const inverse = new Float64Array(n * n);
    dense.invert(inverse, cyclic, n);
    const expected = new Float64Array(n * n);
    denseKernels.invert(expected, cyclic, n);
    expect(inverse).toEqual(expected);
  });

  it("refuses singular, non-finite and misshapen matrices", () => {
    const n = 40;
    const singular = matrix(n * n).map((value, i) => (i % n === 37 ? 0 : value));
    const out = new Float64Array(n * n);
    expect(() => dense.invert(out, singular, n)).toThrow(SingularMatrixError);
    expect(() => dense.invert(out, singular, n)).toThrow(/column 37/);
    const broken = matrix(n * n);
    broken[3 * n + 5] = Number.NaN;
    expect(() => dense.invert(out, broken, n)).toThrow(NonFiniteError);
    expect(() => dense.invert(out, singular, n + 1)).toThrow(ShapeError);
    expect(() => dense.multiply(out, singular, broken, { m: n, k: n, n: n - 1 })).toThrow(ShapeError);
  });
});
