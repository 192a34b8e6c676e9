import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels, identity } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { householder } from "./householder.ts";

function weightAt(theta: Float64Array, n: number, reflections: number): Float64Array {
  const weight = new Float64Array(n * n);
  householder({ reflections }).bind(n, denseKernels).materialize(theta, weight);
  return weight;
}

describe("householder", () => {
  it.each([1, 3, 6])("is the product of %i reflections, multiplied the long way", (m) => {
    const n = 6;
    const random = randomStream(m, "theta");
    const theta = Float64Array.from({ length: householder({ reflections: m }).parameterCount(n) }, () =>
      random.normal(),
    );
    expect(theta.length).toBe([0, 6, 11, 15, 18, 20, 21][m]);
    let expected = identity(n);
    for (let j = 0, at = 0; j < m; at += n - j, j++) {
      const v = new Float64Array(n);
      v.set(theta.subarray(at, at + n - j), j);
      const square = v.reduce((sum, value) => sum + value * value, 0);
      const reflection = identity(n).map((value, i) => value - (2 * v[Math.floor(i / n)] * v[i % n]) / square);
      const next = new Float64Array(n * n);
      denseKernels.multiply(next, expected, reflection, { m: n, k: n, n });
      expected = next;
    }
    weightAt(theta, n, m).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 13);
    });
  });

  it("has determinant (−1)^m, takes a zero vector for no reflection, and begins with unit vectors", () => {
    const two = weightAt(Float64Array.of(1, 2, 3), 2, 2);
    expect(two[0] * two[3] - two[1] * two[2]).toBeCloseTo(1, 14);
    const one = weightAt(Float64Array.of(1, 2), 2, 1);
    expect(one[0] * one[3] - one[1] * one[2]).toBeCloseTo(-1, 14);
    expect([...weightAt(new Float64Array(5), 3, 2)]).toEqual([...identity(3)]);
    const theta = householder({ reflections: 2 }).initialize(3, randomStream(1, "init"));
    expect(Math.hypot(...theta.subarray(0, 3))).toBeCloseTo(1, 14);
    expect(Math.hypot(...theta.subarray(3))).toBeCloseTo(1, 14);
  });

  it("refuses impossible numbers of reflections", () => {
    for (const reflections of [0, -1, 1.5, Number.NaN]) expect(() => householder({ reflections })).toThrow(UsageError);
    expect(() => householder({ reflections: 6 }).bind(5, denseKernels)).toThrow(/more than the 5 units/);
    expect(() => householder({ reflections: 6 }).parameterCount(5)).toThrow(/from 1 to 5/);
  });
});
