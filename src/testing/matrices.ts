import { readFileSync } from "node:fs";
import { type ComplexMatrix, isComplex, type RealOrComplex, toComplex } from "../linalg/complex.ts";
import { randomStream } from "../random/stream.ts";

/** A matrix with what LAPACK finds in float64; bench/peers/fixtures_linalg.py describes the fields. */
export interface SpectrumCase {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly re: number[];
  readonly im?: number[];
  readonly singularValues: number[];
  readonly eigenvalues?: { readonly re: number[]; readonly im: number[] };
  readonly conditions?: number[];
}

/** The hard matrices of src/linalg/fixtures/spectra.json. */
export function spectrumCases(): SpectrumCase[] {
  return JSON.parse(readFileSync(new URL("../linalg/fixtures/spectra.json", import.meta.url), "utf8")).cases;
}

/** The matrix of a case. */
export function matrixOf({ re, im }: SpectrumCase): RealOrComplex {
  return im === undefined ? Float64Array.from(re) : { re: Float64Array.from(re), im: Float64Array.from(im) };
}

/** Gaussian entries. */
export function gaussian(seed: number, length: number): Float64Array {
  const random = randomStream(seed, "gaussian");
  return Float64Array.from({ length }, () => random.normal());
}

/** Complex Gaussian entries. */
export function complexGaussian(seed: number, length: number): ComplexMatrix {
  return { re: gaussian(2 * seed, length), im: gaussian(2 * seed + 1, length) };
}

/** A·B for A [m × k], B [k × n], by the definition. */
export function product(a: RealOrComplex, b: RealOrComplex, m: number, k: number, n: number): ComplexMatrix {
  const [x, y] = [toComplex(a), toComplex(b)];
  const out = { re: new Float64Array(m * n), im: new Float64Array(m * n) };
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const [s, t] = [x.re[i * k + p], x.im[i * k + p]];
      for (let j = 0; j < n; j++) {
        out.re[i * n + j] += s * y.re[p * n + j] - t * y.im[p * n + j];
        out.im[i * n + j] += s * y.im[p * n + j] + t * y.re[p * n + j];
      }
    }
  }
  return out;
}

/** Aᴴ [columns × rows] of A [rows × columns]. */
export function adjoint(a: RealOrComplex, rows: number, columns: number): ComplexMatrix {
  const { re, im } = toComplex(a);
  const at = (i: number) => (i % rows) * columns + Math.floor(i / rows);
  return {
    re: Float64Array.from(re, (_, i) => re[at(i)]),
    im: Float64Array.from(im, (_, i) => -im[at(i)]),
  };
}

/** max |a_ij − b_ij|; NaN when either has NaN. */
export function maxDistance(a: RealOrComplex, b: RealOrComplex): number {
  const [x, y] = [toComplex(a), toComplex(b)];
  return x.re.reduce((worst, _, i) => Math.max(worst, Math.hypot(x.re[i] - y.re[i], x.im[i] - y.im[i])), 0);
}

/** max |QᴴQ − I| over all entries, for Q [rows × columns]. */
export function unitarityResidual(q: RealOrComplex, rows: number, columns: number): number {
  const gram = product(adjoint(q, rows, columns), q, columns, rows, columns);
  for (let i = 0; i < columns; i++) gram.re[i * columns + i] -= 1;
  return gram.re.reduce((worst, value, i) => Math.max(worst, Math.hypot(value, gram.im[i])), 0);
}

/** Σ |a_ij|², square root of. */
export function norm(a: RealOrComplex): number {
  return isComplex(a) ? Math.hypot(...a.re, ...a.im) : Math.hypot(...a);
}

/**
 * The distances from each expected value to the nearest actual one that no earlier value took: the two as multisets.
 * Infinity where the actual values are too few.
 */
export function matchedDistances(
  actual: { readonly re: ArrayLike<number>; readonly im: ArrayLike<number> },
  expected: { readonly re: ArrayLike<number>; readonly im: ArrayLike<number> },
): number[] {
  const free = new Set(Array.from({ length: actual.re.length }, (_, i) => i));
  return Array.from({ length: expected.re.length }, (_, i) => {
    const distance = (j: number) => Math.hypot(actual.re[j] - expected.re[i], actual.im[j] - expected.im[i]);
    let nearest = -1;
    for (const j of free) if (nearest < 0 || distance(j) < distance(nearest)) nearest = j;
    free.delete(nearest);
    return nearest < 0 ? Number.POSITIVE_INFINITY : distance(nearest);
  });
}
