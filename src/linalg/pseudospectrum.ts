import { NonFiniteError, ShapeError } from "../errors.ts";
import {
  type ComplexMatrix,
  complexZeros,
  diagonalOf,
  EPSILON,
  isComplex,
  largestComponent,
  type RealOrComplex,
  scaled,
  unitScale,
} from "./complex.ts";
import { complexSchur } from "./complex-schur.ts";
import { inverseLanczos } from "./inverse-lanczos.ts";
import { frobeniusNorm } from "./matrix.ts";
import { singularValues } from "./svd.ts";

/** σ_min(zI − A) on a rectangular grid of z = re_j + i·im_k; its ε-level set bounds the ε-pseudospectrum. */
export interface Pseudospectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** [im.length × re.length], row k for im_k. */
  readonly sigmaMin: Float64Array;
  /** The eigenvalues of A. */
  readonly eigenvalues: ComplexMatrix;
  /** ‖N‖_F of the Schur form Λ + N: Henrici's departure from normality, 0 for a normal A. */
  readonly departureFromNormality: number;
}

/**
 * σ_min(zI − A) = 1/‖(zI − A)⁻¹‖₂ of a real or complex A [n × n] at the points re × im (Trefethen and Embree, "Spectra and
 * Pseudospectra", chapter 39). One Schur decomposition A = Q·T·Qᴴ serves all points: then an SVD of zI − T each for n < 55,
 * inverse Lanczos to a relative `tolerance` (1e-8) from there on. A real A is computed once for im and −im. For an A normal
 * to rounding it is the distance to the spectrum. Values below about n·eps·‖A‖ are rounding errors of A.
 * Throws `ShapeError` for an empty grid, `NonFiniteError` for a point that is NaN or infinite, and like `complexSchur`.
 */
export function pseudospectrum(
  a: RealOrComplex,
  n: number,
  grid: { readonly re: Float64Array; readonly im: Float64Array },
  options: { readonly tolerance?: number } = {},
): Pseudospectrum {
  checkGrid(grid);
  const { t } = complexSchur(a, n);
  const eigenvalues = diagonalOf(t, n);
  const departure = strictlyUpperNorm(t, n);
  const sigma = smallestSingularValue(t, n, departure, options.tolerance ?? 1e-8);
  const { re, im } = grid;
  const sigmaMin = new Float64Array(re.length * im.length);
  const rowOfHeight = new Map<number, number>();
  for (let k = 0; k < im.length; k++) {
    const height = isComplex(a) ? im[k] : Math.abs(im[k]);
    const known = rowOfHeight.get(height);
    if (known !== undefined) {
      sigmaMin.copyWithin(k * re.length, known * re.length, (known + 1) * re.length);
      continue;
    }
    rowOfHeight.set(height, k);
    for (let j = 0; j < re.length; j++) sigmaMin[k * re.length + j] = sigma(re[j], height);
  }
  return { re: re.slice(), im: im.slice(), sigmaMin, eigenvalues, departureFromNormality: departure };
}

/** z ↦ σ_min(zI − T) for an upper triangular T [n × n], in the way its size and normality call for. */
function smallestSingularValue(
  t: ComplexMatrix,
  n: number,
  departure: number,
  tolerance: number,
): (re: number, im: number) => number {
  if (departure <= NORMAL * n * EPSILON * Math.hypot(frobeniusNorm(t.re), frobeniusNorm(t.im))) {
    const { re, im } = diagonalOf(t, n);
    return (x, y) => re.reduce((least, value, i) => Math.min(least, Math.hypot(x - value, y - im[i])), Infinity);
  }
  const shifted = complexZeros(n * n);
  const exact = (x: number, y: number) => {
    for (let i = 0; i < n * n; i++) {
      shifted.re[i] = -t.re[i];
      shifted.im[i] = -t.im[i];
    }
    for (let p = 0; p < n * n; p += n + 1) {
      shifted.re[p] += x;
      shifted.im[p] += y;
    }
    return singularValues(shifted, n, n)[n - 1];
  };
  if (n < DIRECT) return exact;
  const factor = unitScale(largestComponent(t));
  const iterate = inverseLanczos({ re: scaled(t.re, factor), im: scaled(t.im, factor) }, n, tolerance);
  return (x, y) => {
    const value = iterate(x * factor, y * factor);
    return value === undefined ? exact(x, y) : value / factor;
  };
}

function strictlyUpperNorm(t: ComplexMatrix, n: number): number {
  const upper = (part: Float64Array) => part.filter((_, i) => i % n > Math.floor(i / n));
  return Math.hypot(frobeniusNorm(upper(t.re)), frobeniusNorm(upper(t.im)));
}

function checkGrid({ re, im }: { readonly re: Float64Array; readonly im: Float64Array }): void {
  for (const [name, points] of [
    ["re", re],
    ["im", im],
  ] as const) {
    if (points.length === 0) throw new ShapeError(`pseudospectrum: the grid's \`${name}\` is empty; give it numbers.`);
    const wrong = points.find((x) => !Number.isFinite(x));
    if (wrong === undefined) continue;
    throw new NonFiniteError(`pseudospectrum: the grid's \`${name}\` holds ${wrong}; expected finite numbers.`);
  }
}

/** Below this order an SVD takes little time, and has no tolerance. */
const DIRECT = 55;
/** How many times n·eps·‖A‖ a departure from normality may be and still count as rounding. */
const NORMAL = 10;
