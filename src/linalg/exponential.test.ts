import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import { denseKernels } from "./dense.ts";
import { expm, expmFrechet, matrixExponential } from "./exponential.ts";
import { frobeniusNorm, identity, transpose } from "./matrix.ts";
import { orthogonalityResidual } from "./orthogonal.ts";

interface Case {
  readonly name: string;
  readonly n: number;
  readonly a: number[];
  readonly direction: number[];
  readonly exponential: number[];
  readonly frechet: number[];
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("./fixtures/exponential.json", import.meta.url), "utf8"),
);

const random = randomStream(1, "exponential");
const gaussian = (length: number, scale = 1) => Float64Array.from({ length }, () => scale * random.normal());

function skew(n: number, scale: number): Float64Array {
  const a = gaussian(n * n, scale);
  const t = transpose(a, n, n);
  return a.map((value, i) => value - t[i]);
}

/** ‖x − y‖ / max(1, ‖y‖). */
function distance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const difference = Float64Array.from(x, (value, i) => value - y[i]);
  return frobeniusNorm(difference) / Math.max(1, frobeniusNorm(Float64Array.from(y)));
}

const inner = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);

describe("matrixExponential", () => {
  it.each(cases)("agrees with SciPy: $name", ({ n, a, direction, exponential, frechet }) => {
    expect(distance(expm(Float64Array.from(a), n), exponential)).toBeLessThan(1e-13);
    const derivative = expmFrechet(Float64Array.from(a), Float64Array.from(direction), n);
    expect(distance(derivative, frechet)).toBeLessThan(1e-12);
  });

  it.each([0.001, 0.02, 0.1, 1, 5])("is the derivative that central differences see, entries of size %d", (scale) => {
    for (const isSkew of [false, true]) {
      const n = 6;
      const a = isSkew ? skew(n, scale) : gaussian(n * n, scale);
      const direction = isSkew ? skew(n, 1) : gaussian(n * n);
      const step = 1e-5;
      const at = (by: number) =>
        expm(
          a.map((value, i) => value + by * direction[i]),
          n,
        );
      const [ahead, behind] = [at(step), at(-step)];
      const difference = ahead.map((value, i) => (value - behind[i]) / (2 * step));
      const gradient = gaussian(n * n);
      const map = matrixExponential(n, denseKernels, { skew: isSkew });
      const [value, adjoint] = [new Float64Array(n * n), new Float64Array(n * n)];
      map.exponential(value, a);
      map.adjoint(adjoint, gradient);
      const size = frobeniusNorm(value) * frobeniusNorm(direction) * frobeniusNorm(gradient);
      expect(Math.abs(inner(adjoint, direction) - inner(gradient, difference)) / size).toBeLessThan(1e-8);
      // A second adjoint at the same A is the same.
      const again = new Float64Array(n * n);
      map.adjoint(again, gradient);
      expect(again).toEqual(adjoint);
    }
  });

  it("takes skew-symmetric matrices to orthogonal ones, scaled by their spectrum", () => {
    for (const [n, scale] of [
      [2, 100],
      [40, 0.02],
      [40, 0.2],
      [41, 2],
    ]) {
      const a = skew(n, scale);
      const map = matrixExponential(n, denseKernels, { skew: true });
      const value = new Float64Array(n * n);
      map.exponential(value, a);
      expect(orthogonalityResidual(value, n)).toBeLessThan(1e-12);
      expect(distance(value, expm(a, n))).toBeLessThan(1e-12);
    }
    const quarter = Float64Array.of(0, Math.PI / 2, -Math.PI / 2, 0);
    expect(distance(expm(quarter, 2), [0, 1, -1, 0])).toBeLessThan(1e-15);
    expect(expm(new Float64Array(9), 3)).toEqual(identity(3));
    expect(expm(new Float64Array(0), 0)).toEqual(new Float64Array(0));
  });

  it("refuses what has no answer", () => {
    expect(() => expm(Float64Array.of(1, Number.NaN, 0, 1), 2)).toThrow(NonFiniteError);
    expect(() => expm(Float64Array.of(0, 1e200, -1e200, 0), 2)).toThrow(/no correct digit/);
    expect(() => expm(new Float64Array(3), 2)).toThrow(ShapeError);
    const map = matrixExponential(2);
    expect(() => map.adjoint(new Float64Array(4), new Float64Array(4))).toThrow(/exponential first/);
  });
});
