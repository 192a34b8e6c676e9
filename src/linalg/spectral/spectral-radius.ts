import type { ComplexMatrix } from "../complex.ts";
import { eigenvectors } from "../eigenvectors.ts";
import type { FloatArray } from "../kernels.ts";
import { frobeniusNorm } from "../matrix.ts";
import { arnoldi, byModulus, columnOf, type Eigenpair, eigenResidual, nearest } from "./arnoldi.ts";
import { finiteCopy, genericVector, multiplyTransposed, multiplyVector, normalized, startNear } from "./vector.ts";

export type SpectralRadiusMethod = "power" | "arnoldi" | "schur";

/** ρ(W), an eigenvalue of that modulus, and how they were found. */
export interface SpectralRadiusEstimate {
  /** |λ|. */
  readonly radius: number;
  /** λ with im ≥ 0. */
  readonly eigenvalue: { readonly re: number; readonly im: number };
  /** x with W·x = λ·x, ‖x‖ = 1. */
  readonly vector: ComplexMatrix;
  readonly method: SpectralRadiusMethod;
  /** Products of W with a vector; 0 for `schur`. */
  readonly iterations: number;
  /** ‖W·x − λ·x‖ / |λ|. It bounds the error of λ only up to λ's condition number, which is infinite where λ is defective. */
  readonly residual: number;
  /** residual ≤ tolerance. */
  readonly converged: boolean;
}

export interface SpectralRadiusOptions {
  /**
   * `power`: x ← Wx/‖Wx‖ with the Rayleigh quotient; converges only where one real eigenvalue is larger than all others.
   * `arnoldi`: right for complex pairs too. `schur`: all eigenvalues, O(n³). Default `auto`: schur up to 32 units, else power
   * for as long as its residual falls, then arnoldi.
   */
  readonly method?: SpectralRadiusMethod | "auto";
  /** Relative residual to reach. Default 1e-12. */
  readonly tolerance?: number;
  /** Products of W with a vector allowed. Default 5000. */
  readonly maxIterations?: number;
  /** A real vector near the eigenvector wanted, from an earlier call. */
  readonly start?: Float64Array;
}

/**
 * The spectral radius ρ(W) = max |λ| of W [n × n]. Throws `ShapeError` when the array does not fit, `NonFiniteError` when
 * W is not finite.
 */
export function estimateSpectralRadius(
  weight: FloatArray,
  n: number,
  options: SpectralRadiusOptions = {},
): SpectralRadiusEstimate {
  const { method = "auto", tolerance = 1e-12, maxIterations = 5000 } = options;
  const w = finiteCopy("estimateSpectralRadius", weight, n);
  const start = options.start ? startNear(options.start) : genericVector(n);
  if (method === "schur" || (method === "auto" && n <= SMALL)) return fromSchur(w, n, tolerance);
  let [from, spent] = [start, 0];
  if (method !== "arnoldi") {
    const found = powerIteration(w, n, start, tolerance, maxIterations, method === "auto");
    if (found.converged || method === "power") return found;
    [from, spent] = [found.vector.re, found.iterations];
  }
  const apply = (out: Float64Array, x: Float64Array) => multiplyVector(out, w, x, n);
  const found = arnoldi(apply, n, { start: startNear(from), tolerance, maxIterations });
  return report("arnoldi", { ...found, iterations: found.iterations + spent });
}

/**
 * y with yᴴ·W = λ·yᴴ, ‖y‖ = 1, for an eigenvalue that `estimateSpectralRadius` found; `start` is a vector near y from before.
 * ∂|λ|/∂W_ij = Re(λ̄/|λ| · ȳ_i·x_j / yᴴx), which is without bound where λ is nearly defective, yᴴx ≈ 0.
 */
export function leftVector(
  weight: FloatArray,
  n: number,
  { re, im }: { readonly re: number; readonly im: number },
  start?: Float64Array,
): ComplexMatrix {
  const w = finiteCopy("leftVector", weight, n);
  if (n <= SMALL) {
    const { values, left } = eigenvectors(w, n);
    return columnOf(left, nearest(values, { re, im }), n);
  }
  const apply = (out: Float64Array, x: Float64Array) => multiplyTransposed(out, w, x, n);
  return arnoldi(apply, n, {
    start: start ? startNear(start) : genericVector(n),
    tolerance: 1e-12,
    maxIterations: 5000,
    target: { re, im: -im },
  }).vector;
}

function fromSchur(w: Float64Array, n: number, tolerance: number): SpectralRadiusEstimate {
  const { values, right } = eigenvectors(w, n);
  const k = byModulus(values)[0];
  const [re, im] = [values.re[k], values.im[k]];
  const vector = columnOf(right, k, n);
  const apply = (out: Float64Array, x: Float64Array) => multiplyVector(out, w, x, n);
  const residual = eigenResidual(apply, re, im, vector);
  return report("schur", { re, im, vector, residual, iterations: 0, converged: residual <= tolerance });
}

/** With `leave`, ends early where the residual falls too slowly to reach the tolerance soon. */
function powerIteration(
  w: Float64Array,
  n: number,
  start: Float64Array,
  tolerance: number,
  maxIterations: number,
  leave: boolean,
): SpectralRadiusEstimate {
  let x = normalized(start);
  const image = new Float64Array(n);
  let residual = Number.POSITIVE_INFINITY;
  let quotient = 0;
  let iterations = 0;
  let earlier = residual;
  while (iterations < maxIterations) {
    multiplyVector(image, w, x, n);
    iterations++;
    quotient = 0;
    for (let i = 0; i < n; i++) quotient += x[i] * image[i];
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (image[i] - quotient * x[i]) ** 2;
    residual = sum === 0 ? 0 : Math.sqrt(sum) / Math.abs(quotient);
    if (residual <= tolerance || frobeniusNorm(image) === 0) break;
    if (leave && iterations % PATIENCE === 0) {
      if (!(residual < earlier * FAST ** PATIENCE)) break;
      earlier = residual;
    }
    x = normalized(image);
  }
  const vector = { re: x, im: new Float64Array(n) };
  return report("power", { re: quotient, im: 0, vector, residual, iterations, converged: residual <= tolerance });
}

function report(method: SpectralRadiusMethod, { re, im, ...found }: Eigenpair): SpectralRadiusEstimate {
  return { ...found, radius: Math.hypot(re, im), eigenvalue: { re, im }, method };
}

/** Units up to which the Schur form costs less than iterating. */
const SMALL = 32;
/** The power method is left when over this many iterations its residual shrinks by less than FAST per iteration. */
const PATIENCE = 8;
const FAST = 0.7;
