import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError, SingularMatrixError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { denseKernels } from "./dense.ts";
import { type Field, fieldKernels, subtractAdjoint } from "./field.ts";
import { frobeniusNorm, identity } from "./matrix.ts";
import { orthogonalityResidual } from "./orthogonal.ts";
import { polarFactor, polarProjection } from "./polar.ts";
import { skewExponential } from "./skew-exponential.ts";
import { complexQr, haarUnitary, unitarityResidual } from "./unitary.ts";

const random = randomStream(1, "complex");
const gaussian = (length: number, scale = 1) => Float64Array.from({ length }, () => scale * random.normal());
const complex = fieldKernels("complex", denseKernels);
const distance = (a: Float64Array, b: Float64Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
};
const complexIdentity = (n: number) => Float64Array.from([...identity(n), ...new Float64Array(n * n)]);
const product = (a: Float64Array, b: Float64Array, m: number, k: number, n: number) => {
  const out = new Float64Array(2 * m * n).fill(Number.NaN);
  complex.multiply(out, a, b, { m, k, n });
  return out;
};

/** Aᴴ. */
function adjoint(a: Float64Array, rows: number, columns: number): Float64Array {
  const half = rows * columns;
  const out = new Float64Array(2 * half);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      out[j * rows + i] = a[i * columns + j];
      out[half + j * rows + i] = -a[half + i * columns + j];
    }
  }
  return out;
}

function naive(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(2 * m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < k; p++) {
        const [ar, ai, br, bi] = [a[i * k + p], a[m * k + i * k + p], b[p * n + j], b[k * n + p * n + j]];
        out[i * n + j] += ar * br - ai * bi;
        out[m * n + i * n + j] += ar * bi + ai * br;
      }
    }
  }
  return out;
}

describe("complex multiply", () => {
  it("equals the sum by the definition for all shapes and adjoints", () => {
    const size = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), (m, k, n, adjointA, adjointB) => {
        const [a, b] = [gaussian(2 * m * k), gaussian(2 * k * n)];
        const out = new Float64Array(2 * m * n).fill(Number.NaN);
        const shape = { m, k, n, adjointA, adjointB };
        complex.multiply(out, adjointA ? adjoint(a, m, k) : a, adjointB ? adjoint(b, k, n) : b, shape);
        expect(distance(out, naive(a, b, m, k, n))).toBeLessThan(1e-13);
      }),
    );
  });

  it("refuses arrays that do not fit", () => {
    expect(() => product(new Float64Array(4), new Float64Array(8), 2, 2, 2)).toThrow(ShapeError);
  });
});

describe("complex invert", () => {
  it.each([
    ["small", 0.3],
    ["moderate", 3],
    ["large, past the blocks", 300],
  ])("inverts I + a %s skew-Hermitian matrix", (_, scale) => {
    for (const n of [1, 2, 7, 40]) {
      const a = gaussian(2 * n * n, scale / Math.sqrt(n));
      subtractAdjoint(a, n, "complex");
      for (let i = 0; i < n; i++) a[i * n + i] += 1;
      const out = new Float64Array(2 * n * n).fill(Number.NaN);
      complex.invert(out, a, n);
      const tolerance = 1e-14 * Math.max(10, frobeniusNorm(a));
      expect(distance(product(a, out, n, n, n), complexIdentity(n))).toBeLessThan(tolerance);
      expect(distance(product(out, a, n, n, n), complexIdentity(n))).toBeLessThan(tolerance);
    }
  });
});

describe("complexQr", () => {
  it.each([
    [1, 1],
    [6, 6],
    [9, 4],
    [40, 40],
  ])("factors %i × %i with a positive diagonal", (rows, columns) => {
    const a = gaussian(2 * rows * columns);
    const { q, r } = complexQr(a, rows, columns);
    expect(unitarityResidual(q, columns, rows)).toBeLessThan(1e-13);
    expect(distance(product(q, r, rows, columns, columns), a)).toBeLessThan(1e-13 * rows);
    for (let i = 0; i < columns; i++) {
      expect(r[i * columns + i]).toBeGreaterThan(0);
      for (let j = 0; j <= i; j++) {
        expect(r[columns * columns + i * columns + j]).toBe(0);
        if (j < i) expect(r[i * columns + j]).toBe(0);
      }
    }
  });

  it("refuses dependent columns", () => {
    expect(() => complexQr(new Float64Array(8), 2, 2)).toThrow(SingularMatrixError);
  });
});

describe("haarUnitary", () => {
  it("is unitary, and orthonormal by columns when asked for fewer", () => {
    for (const n of [1, 2, 5, 50]) {
      expect(unitarityResidual(haarUnitary(n, randomStream(n, "init")), n)).toBeLessThan(1e-13);
    }
    expect(unitarityResidual(haarUnitary(30, randomStream(1, "init"), 7), 7, 30)).toBeLessThan(1e-13);
  });

  it("has Haar's moments: E tr = 0, E |tr|² = 1, E |tr|⁴ = 2, E tr² = 0", () => {
    const n = 3;
    const draws = 10_000;
    let [re, second, fourth, square] = [0, 0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const w = haarUnitary(n, random);
      const [x, y] = [w[0] + w[4] + w[8], w[9] + w[13] + w[17]];
      re += x / draws;
      second += (x * x + y * y) / draws;
      fourth += (x * x + y * y) ** 2 / draws;
      square += (x * x - y * y) / draws;
    }
    expect(Math.abs(re)).toBeLessThan(0.03);
    expect(Math.abs(second - 1)).toBeLessThan(0.05);
    expect(Math.abs(fourth - 2)).toBeLessThan(0.2);
    expect(Math.abs(square)).toBeLessThan(0.05);
  });
});

describe("unitarityResidual", () => {
  it("is the largest modulus of an entry of WᴴW − I", () => {
    expect(unitarityResidual(complexIdentity(3), 3)).toBe(0);
    expect(unitarityResidual(Float32Array.of(0, 1), 1)).toBe(0);
    expect(unitarityResidual(Float64Array.of(0, 2), 1)).toBe(3);
    // Columns (1, 0) and (3 + 4i, 1).
    expect(unitarityResidual(Float64Array.of(1, 3, 0, 1, 0, 4, 0, 0), 2)).toBe(25);
    expect(unitarityResidual(Float64Array.of(1, 0.3, 0, 1, 0, 0.4, 0, 0), 2)).toBeCloseTo(0.5, 15);
    expect(unitarityResidual(Float64Array.of(1, Number.NaN), 1)).toBeNaN();
    expect(() => unitarityResidual(new Float64Array(4), 2)).toThrow(ShapeError);
  });
});

describe.each<Field>(["real", "complex"])("%s matrices", (field) => {
  const algebra = fieldKernels(field, denseKernels);
  const residual = field === "real" ? orthogonalityResidual : unitarityResidual;
  const draw = (rows: number, columns: number, scale = 1) => gaussian(algebra.length(rows, columns), scale);
  const multiply = (a: Float64Array, b: Float64Array, n: number) => {
    const out = new Float64Array(a.length);
    algebra.multiply(out, a, b, { m: n, k: n, n });
    return out;
  };

  it.each([
    [1, 1],
    [12, 12],
    [30, 30],
    [20, 6],
  ])("polarFactor of %i × %i: orthonormal U with UᴴA Hermitian and positive", (rows, columns) => {
    for (const scale of [1e-6, 1, 1e6]) {
      const a = draw(rows, columns, scale);
      const u = polarFactor(a, rows, columns, field);
      expect(residual(u, columns, rows)).toBeLessThan(1e-13);
      const h = new Float64Array(algebra.length(columns, columns));
      algebra.multiply(h, u, a, { m: columns, k: rows, n: columns, adjointA: true });
      const skew = h.slice();
      subtractAdjoint(skew, columns, field);
      expect(frobeniusNorm(skew)).toBeLessThan(1e-11 * frobeniusNorm(h));
      for (let i = 0; i < columns; i++) expect(h[i * columns + i]).toBeGreaterThan(0);
    }
  });

  it("polarProjection leaves orthonormal columns alone, and mends a rounded one", () => {
    const n = 20;
    const exact = polarFactor(draw(n, n), n, n, field);
    expect(distance(polarFactor(exact, n, n, field), exact)).toBeLessThan(1e-14);
    const rounded = Float32Array.from(exact);
    expect(residual(polarFactor(rounded, n, n, field), n)).toBeLessThan(1e-14);
    expect(distance(polarFactor(rounded, n, n, field), exact)).toBeLessThan(1e-6);
  });

  it("polarProjection refuses dependent columns and NaN", () => {
    const project = polarProjection(algebra, 3, 3);
    expect(() => project(new Float64Array(algebra.length(3, 3)))).toThrow(SingularMatrixError);
    expect(() => project(new Float64Array(algebra.length(3, 3)).fill(Number.NaN))).toThrow(NonFiniteError);
    expect(() => project(new Float64Array(4))).toThrow(ShapeError);
  });

  it("skewExponential: unitary, exp(A)·exp(A) = exp(2A), and I + A + A²/2 + A³/6 for a small A", () => {
    for (const n of [1, 5, 24]) {
      for (const scale of [1e-4, 0.1, 2]) {
        const a = draw(n, n, scale);
        subtractAdjoint(a, n, field);
        const exponential = skewExponential(algebra, n);
        const [once, twice] = [new Float64Array(a.length), new Float64Array(a.length)];
        exponential(once, a);
        exponential(
          twice,
          a.map((value) => 2 * value),
        );
        expect(residual(once, n)).toBeLessThan(1e-12);
        expect(distance(multiply(once, once, n), twice)).toBeLessThan(1e-12);
        if (scale > 1e-3) continue;
        const square = multiply(a, a, n);
        const cube = multiply(square, a, n);
        const series = a.map((value, i) => value + square[i] / 2 + cube[i] / 6);
        for (let i = 0; i < n; i++) series[i * n + i] += 1;
        expect(distance(once, series)).toBeLessThan(1e-11);
      }
    }
  });
});

describe("skewExponential", () => {
  it("rotates by the angle", () => {
    for (const angle of [0.2, 1, 3, 40]) {
      const out = new Float64Array(4);
      skewExponential(fieldKernels("real", denseKernels), 2)(out, Float64Array.of(0, angle, -angle, 0));
      const expected = [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle)];
      expect(distance(out, Float64Array.from(expected))).toBeLessThan(1e-13);
    }
  });
});
