import { describe, expect, it } from "vitest";
import { ShapeError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { denseKernels } from "./dense.ts";
import { frobeniusNorm, identity, transpose } from "./matrix.ts";
import { haarOrthogonal, orthogonalityResidual } from "./orthogonal.ts";
import { qr } from "./qr.ts";

describe("qr", () => {
  const random = randomStream(1, "qr");
  const reconstruct = (a: Float64Array, rows: number, columns: number) => {
    const { q, r } = qr(a, rows, columns);
    const back = new Float64Array(rows * columns);
    denseKernels.multiply(back, q, r, { m: rows, k: columns, n: columns });
    expect(orthogonalityResidual(q, columns, rows)).toBeLessThan(1e-13);
    for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) expect(r[i * columns + j]).toBe(0);
    return back.reduce((worst, value, i) => Math.max(worst, Math.abs(value - a[i])), 0);
  };

  it("reconstructs A from an orthonormal Q and a triangular R", () => {
    for (const [rows, columns] of [
      [0, 0],
      [1, 1],
      [5, 5],
      [7, 3],
      [32, 32],
      [33, 33],
      [100, 65],
      [130, 1],
    ]) {
      const a = Float64Array.from({ length: rows * columns }, () => random.normal());
      expect(reconstruct(a, rows, columns)).toBeLessThan(1e-12);
    }
  });

  it("keeps Q orthonormal when A has zero or dependent columns, and does not overflow", () => {
    const a = new Float64Array(40 * 40);
    for (let i = 0; i < 40; i++) for (let j = 0; j < 40; j++) a[i * 40 + j] = j % 3 === 0 ? 0 : (i + 1) * (j % 5);
    expect(reconstruct(a, 40, 40)).toBeLessThan(1e-11);
    const huge = Float64Array.of(3e200, 1, 4e200, 2);
    expect(Math.abs(qr(huge, 2, 2).r[0] / 5e200)).toBeCloseTo(1, 14);
  });

  it("refuses wide matrices", () => {
    expect(() => qr(new Float64Array(6), 2, 3)).toThrow(ShapeError);
  });
});

describe("haarOrthogonal", () => {
  it("is orthogonal, and orthonormal by columns when asked for fewer", () => {
    for (const n of [1, 2, 5, 64, 101]) {
      expect(orthogonalityResidual(haarOrthogonal(n, randomStream(n, "init")), n)).toBeLessThan(1e-13);
    }
    expect(orthogonalityResidual(haarOrthogonal(50, randomStream(1, "init"), 20), 20, 50)).toBeLessThan(1e-13);
  });

  it("has Haar's moments: E tr = 0, E tr² = 1, E tr⁴ = 3, both determinants equally often", () => {
    const random = randomStream(3, "haar");
    const n = 4;
    const draws = 20_000;
    let [first, second, fourth, reflections] = [0, 0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const q = haarOrthogonal(n, random);
      const trace = q[0] + q[5] + q[10] + q[15];
      first += trace / draws;
      second += trace ** 2 / draws;
      fourth += trace ** 4 / draws;
      if (determinant(q, n) < 0) reflections++;
    }
    expect(Math.abs(first)).toBeLessThan(0.03);
    expect(Math.abs(second - 1)).toBeLessThan(0.04);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.25);
    expect(Math.abs(reflections / draws - 0.5)).toBeLessThan(0.02);
  });
});

describe("orthogonalityResidual", () => {
  it("is the largest entry of WᵀW − I", () => {
    expect(orthogonalityResidual(identity(3), 3)).toBe(0);
    expect(orthogonalityResidual(Float32Array.of(2, 0, 0, 1), 2)).toBe(3);
    expect(orthogonalityResidual(Float64Array.of(1, 0.5, 0, 1), 2)).toBe(0.5);
    expect(orthogonalityResidual(Float64Array.of(1, Number.NaN, 0, 1), 2)).toBeNaN();
    expect(() => orthogonalityResidual(new Float64Array(3), 2)).toThrow(ShapeError);
  });
});

describe("matrix helpers", () => {
  it("transposes and takes norms", () => {
    expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
    const a = Float64Array.from({ length: 50 * 37 }, (_, i) => i);
    expect(transpose(transpose(a, 50, 37), 37, 50)).toEqual(a);
    expect(frobeniusNorm(Float64Array.of(3, 4))).toBeCloseTo(5, 15);
    expect(frobeniusNorm(Float64Array.of(3e200, 4e200)) / 5e200).toBeCloseTo(1, 14);
    expect(frobeniusNorm(new Float64Array(4))).toBe(0);
    expect(frobeniusNorm(Float64Array.of(1, Number.NaN, 2))).toBeNaN();
    expect(frobeniusNorm(Float64Array.of(1, Number.NEGATIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
  });
});

/** Gaussian elimination with partial pivoting on a copy. */
function determinant(matrix: Float64Array, n: number): number {
  const a = matrix.slice();
  let product = 1;
  for (let j = 0; j < n; j++) {
    let p = j;
    for (let i = j + 1; i < n; i++) if (Math.abs(a[i * n + j]) > Math.abs(a[p * n + j])) p = i;
    if (p !== j) product = -product;
    for (let c = 0; c < n; c++) [a[j * n + c], a[p * n + c]] = [a[p * n + c], a[j * n + c]];
    product *= a[j * n + j];
    for (let i = j + 1; i < n; i++) {
      const factor = a[i * n + j] / a[j * n + j];
      for (let c = j; c < n; c++) a[i * n + c] -= factor * a[j * n + c];
    }
  }
  return product;
}
