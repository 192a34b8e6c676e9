import { NonFiniteError } from "../../errors.ts";
import { randomStream } from "../../random/stream.ts";
import type { FloatArray } from "../kernels.ts";
import { assertMatrix, frobeniusNorm } from "../matrix.ts";

/** A [n × n] in float64. Throws `ShapeError` when it does not fit, `NonFiniteError` when it is not finite. */
export function finiteCopy(operation: string, a: FloatArray, n: number): Float64Array {
  assertMatrix(operation, a, n, n);
  if (Number.isFinite(frobeniusNorm(a))) return Float64Array.from(a);
  throw new NonFiniteError(
    `${operation}: the ${n} × ${n} matrix holds NaN or Infinity; expected finite numbers. Look for the update or gradient that produced it, or lower the learning rate.`,
  );
}

/** out ← A·x, A [n × n]. */
export function multiplyVector(out: Float64Array, a: Float64Array, x: Float64Array, n: number): void {
  for (let i = 0, row = 0; i < n; i++, row += n) {
    let [even, odd] = [0, 0];
    let j = 0;
    for (; j + 1 < n; j += 2) {
      even += a[row + j] * x[j];
      odd += a[row + j + 1] * x[j + 1];
    }
    if (j < n) even += a[row + j] * x[j];
    out[i] = even + odd;
  }
}

/** out ← Aᵀ·x, A [n × n]. */
export function multiplyTransposed(out: Float64Array, a: Float64Array, x: Float64Array, n: number): void {
  out.fill(0);
  for (let i = 0, row = 0; i < n; i++, row += n) {
    const factor = x[i];
    for (let j = 0; j < n; j++) out[j] += factor * a[row + j];
  }
}

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** A fixed unit vector without preferred direction, the same for every caller. */
export function genericVector(n: number): Float64Array {
  const random = randomStream(n, "generic-vector");
  return normalized(Float64Array.from({ length: n }, () => random.normal()));
}

/** x / ‖x‖, or a generic vector where x is zero or not finite. */
export function normalized(x: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(x, x));
  if (!(norm > 0) || !Number.isFinite(norm)) return genericVector(x.length);
  return x.map((value) => value / norm);
}

/**
 * A start near `known` that still has a part along every direction: an eigenvector known from before would otherwise hide
 * an eigenvalue that has overtaken its own.
 */
export function startNear(known: Float64Array): Float64Array {
  const generic = genericVector(known.length);
  return normalized(normalized(known).map((value, i) => value + MIXED_IN * generic[i]));
}

const MIXED_IN = 1e-3;
