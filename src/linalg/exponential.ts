import { NonFiniteError, UsageError } from "../errors.ts";
import { denseKernels } from "./dense.ts";
import type { DenseKernels } from "./kernels.ts";
import { assertMatrix, transpose } from "./matrix.ts";
import { oneNorm, type PadeApproximant, padeApproximant } from "./pade.ts";

/** exp(A) of real matrices of one size, with the adjoint of its derivative and a workspace allocated once. */
export interface MatrixExponential {
  /** out ← exp(A), A [n × n]. Throws `NonFiniteError` when A is not finite, or so large that no digit of exp(A) is sure. */
  exponential(out: Float64Array, a: Float64Array): void;
  /**
   * out ← L(Aᵀ, G), the gradient of ⟨G, exp(A)⟩ by A at the A of the latest `exponential`, where L(A, E) is the Fréchet
   * derivative of exp at A in the direction E. Throws `UsageError` before the first `exponential`.
   */
  adjoint(out: Float64Array, gradient: Float64Array): void;
  /** s of the latest `exponential`: each of the s squarings doubles the rounding errors made before it. */
  readonly squarings: number;
}

export interface MatrixExponentialOptions {
  /**
   * Every A is skew-symmetric. Scaling then goes by its spectrum, a smaller number than its 1-norm, and the adjoint is only
   * right in its skew-symmetric part, which is all that a skew-symmetric A can use; it needs two products less.
   */
  readonly skew?: boolean;
}

/**
 * Scaling and squaring: exp(A) = r(A/2ˢ)^(2ˢ), with r a diagonal Padé approximant and s the least for which r is exact to
 * rounding (Higham, "The Scaling and Squaring Method for the Matrix Exponential Revisited", 2005). The adjoint runs the same
 * steps backwards: it is the derivative of what was computed, at about twice the cost. Of a skew-symmetric A, r(A) is
 * orthogonal whatever its degree.
 */
export function matrixExponential(
  n: number,
  kernels: DenseKernels = denseKernels,
  { skew = false }: MatrixExponentialOptions = {},
): MatrixExponential {
  const shape = { m: n, k: n, n };
  const approximant: PadeApproximant = padeApproximant(n, kernels, skew);
  /** r(A/2ˢ), then its squares; the last is exp(A). */
  const chain: Float64Array[] = [new Float64Array(n * n)];
  const right = new Float64Array(n * n);
  const left = new Float64Array(n * n);
  let squarings = -1;
  return {
    get squarings() {
      return Math.max(0, squarings);
    },
    exponential(out, a) {
      assertMatrix("matrix exponential: A", a, n, n);
      assertMatrix("matrix exponential: out", out, n, n);
      squarings = -1;
      if (!Number.isFinite(oneNorm(a, n))) {
        throw new NonFiniteError(
          `The ${n} × ${n} matrix to exponentiate holds NaN or Infinity, or has an infinite 1-norm; expected finite numbers. Look for the update or gradient that produced it, or lower the learning rate.`,
        );
      }
      const count = approximant.evaluate(chain[0], a);
      for (let i = 1; i <= count; i++) {
        chain[i] ??= new Float64Array(n * n);
        kernels.multiply(chain[i], chain[i - 1], chain[i - 1], shape);
      }
      squarings = count;
      out.set(chain[count]);
    },
    adjoint(out, gradient) {
      assertMatrix("matrix exponential: ∂L/∂exp(A)", gradient, n, n);
      assertMatrix("matrix exponential: ∂L/∂A", out, n, n);
      if (squarings < 0) throw new UsageError("The adjoint of exp needs an A to be taken at: call exponential first.");
      out.set(gradient);
      for (let i = squarings - 1; i >= 0; i--) {
        kernels.multiply(left, out, chain[i], { ...shape, transposeB: true });
        kernels.multiply(right, chain[i], out, { ...shape, transposeA: true });
        for (let j = 0; j < left.length; j++) out[j] = left[j] + right[j];
      }
      approximant.adjoint(out, chain[0]);
    },
  };
}

/** exp(A) of one matrix [n × n]. Throws as `MatrixExponential.exponential`. */
export function expm(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  matrixExponential(n).exponential(out, a);
  return out;
}

/** L(A, E), the derivative of exp at A in the direction E, both [n × n]. Throws as `MatrixExponential.exponential`. */
export function expmFrechet(a: Float64Array, direction: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  const map = matrixExponential(n);
  map.exponential(out, transpose(a, n, n));
  map.adjoint(out, direction);
  return out;
}
