import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { complexGaussian, gaussian } from "../testing/matrices.ts";
import { type RealOrComplex, toComplex } from "./complex.ts";
import { complexSchur } from "./complex-schur.ts";
import { inverseLanczos } from "./inverse-lanczos.ts";
import { haarOrthogonal } from "./orthogonal.ts";
import { pseudospectrum } from "./pseudospectrum.ts";
import { singularValues } from "./svd.ts";

interface Fixture {
  readonly name: string;
  readonly n: number;
  readonly re: number[];
  readonly im: number[];
  readonly sigmaMin: number[];
}

const fixtures: Fixture[] = JSON.parse(
  readFileSync(new URL("fixtures/pseudospectrum.json", import.meta.url), "utf8"),
).cases;

const points = (...values: number[]) => Float64Array.from(values);

/** −1 below the diagonal, 1 on it and on the three above. */
function grcar(n: number): Float64Array {
  const band = (offset: number) => (offset === -1 ? -1 : offset >= 0 && offset <= 3 ? 1 : 0);
  return Float64Array.from({ length: n * n }, (_, p) => band((p % n) - Math.floor(p / n)));
}

/** σ_min(zI − A) by an SVD of the matrix as it stands. */
function direct(a: RealOrComplex, n: number, x: number, y: number): number {
  const { re, im } = toComplex(a);
  const shifted = {
    re: re.map((value, p) => (p % (n + 1) === 0 ? x : 0) - value),
    im: im.map((value, p) => (p % (n + 1) === 0 ? y : 0) - value),
  };
  return singularValues(shifted, n, n)[n - 1];
}

describe("pseudospectrum", () => {
  it.each(fixtures)("of $name as LAPACK's SVD has it, to 1e-8", ({ n, re, im, sigmaMin }) => {
    const ours = pseudospectrum(grcar(n), n, { re: Float64Array.from(re), im: Float64Array.from(im) });
    expect(ours.sigmaMin.length).toBe(sigmaMin.length);
    // Both carry the rounding of A, n·eps·‖A‖.
    sigmaMin.forEach((sigma, i) => {
      expect(Math.abs(ours.sigmaMin[i] - sigma)).toBeLessThanOrEqual(1e-8 * sigma + n * 1e-15);
    });
  });

  it("is the same by inverse Lanczos and by SVD, real and complex", () => {
    const n = 60;
    for (const a of [gaussian(1, n * n), complexGaussian(2, n * n)]) {
      const { re, im, sigmaMin } = pseudospectrum(a, n, { re: points(-9, 0.3, 4), im: points(-5, 1, 5) });
      for (let k = 0; k < 3; k++) {
        for (let j = 0; j < 3; j++) {
          const expected = direct(a, n, re[j], im[k]);
          expect(Math.abs(sigmaMin[3 * k + j] / expected - 1)).toBeLessThan(1e-8);
        }
      }
    }
  });

  it("of a real matrix is symmetric to the last bit; of a complex one it need not be", () => {
    const grid = { re: points(0.5, 1), im: points(-0.75, 0, 0.75) };
    const real = pseudospectrum(gaussian(3, 64), 8, grid).sigmaMin;
    expect(real.slice(0, 2)).toEqual(real.slice(4));
    const complex = pseudospectrum(complexGaussian(3, 64), 8, grid).sigmaMin;
    expect(Math.abs(complex[0] - complex[4])).toBeGreaterThan(1e-3);
  });

  it("of a normal matrix is the distance to the spectrum", () => {
    const n = 64;
    const q = haarOrthogonal(n, randomStream(4, "pseudospectrum"));
    const { sigmaMin, eigenvalues, departureFromNormality } = pseudospectrum(q, n, {
      re: points(0, 2),
      im: points(0, 1),
    });
    expect(departureFromNormality).toBeLessThan(1e-12);
    expect(sigmaMin[0]).toBeCloseTo(1, 13);
    for (let i = 0; i < n; i++) expect(Math.hypot(eigenvalues.re[i], eigenvalues.im[i])).toBeCloseTo(1, 13);
    expect(sigmaMin[3]).toBeCloseTo(direct(q, n, 2, 1), 12);
  });

  it("tells how far from normal a matrix is: ‖N‖_F of Λ + N", () => {
    const grid = { re: points(0), im: points(0) };
    const { departureFromNormality } = pseudospectrum(Float64Array.of(1, 5, 0, 2), 2, grid);
    expect(departureFromNormality).toBeCloseTo(5, 13);
  });

  it("is 0 at an eigenvalue, and scales with the matrix", () => {
    const n = 57;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = i; j < n; j++) a[i * n + j] = i === j ? i / n : 1 / n;
    expect(pseudospectrum(a, n, { re: points(3 / n), im: points(0) }).sigmaMin[0]).toBe(0);
    const one = pseudospectrum(a, n, { re: points(1), im: points(0.5) }).sigmaMin[0];
    for (const scale of [2 ** -700, 2 ** 700]) {
      const grid = { re: points(scale), im: points(0.5 * scale) };
      const scaled = pseudospectrum(
        a.map((x) => x * scale),
        n,
        grid,
      ).sigmaMin[0];
      expect(scaled / scale / one).toBeCloseTo(1, 8);
    }
  });

  it("refuses empty grids and points, and matrices, that are not finite", () => {
    const a = gaussian(1, 9);
    expect(() => pseudospectrum(a, 3, { re: points(), im: points(0) })).toThrow(ShapeError);
    expect(() => pseudospectrum(a, 3, { re: points(0), im: points(Number.NaN) })).toThrow(NonFiniteError);
    expect(() => pseudospectrum(a, 4, { re: points(0), im: points(0) })).toThrow(ShapeError);
    expect(() => pseudospectrum(points(Number.NaN), 1, { re: points(0), im: points(0) })).toThrow(NonFiniteError);
  });
});

describe("inverseLanczos", () => {
  it("keeps its tolerance where singular values crowd, and tells when it does not", () => {
    // A block of equal singular values beside slightly larger ones.
    const n = 30;
    const t = { re: new Float64Array(n * n), im: new Float64Array(n * n) };
    for (let i = 0; i < n; i++) t.re[i * n + i] = 1 + 1e-4 * Math.floor(i / 3);
    expect(Math.abs((inverseLanczos(t, n, 1e-10)(0, 0) ?? 0) - 1)).toBeLessThan(1e-10);
    expect(inverseLanczos(complexSchur(grcar(n), n).t, n, 0)(0.3, 2)).toBeUndefined();
  });
});
