import { complexKernels } from "./complex-kernels.ts";
import type { DenseKernels } from "./kernels.ts";

export type Field = "real" | "complex";

/**
 * Dense float64 algebra over either field, for code that serves O(n) and U(n) alike. A complex matrix [rows × columns] is
 * one array: all real parts row-major, then all imaginary parts. `out` may not alias an input.
 */
export interface FieldKernels {
  readonly field: Field;
  /** How many numbers a matrix has: rows · columns, twice that when complex. */
  length(rows: number, columns: number): number;
  /** out ← op(A)·op(B), shapes op(A) [m × k], op(B) [k × n]; with `adjointA` A is stored [k × m] and Aᴴ is meant. */
  multiply(out: Float64Array, a: Float64Array, b: Float64Array, shape: FieldShape): void;
  /**
   * out ← A⁻¹ for A [n × n] whose Hermitian part (A + Aᴴ)/2 is positive definite: I + a skew matrix, a Gram matrix.
   * Throws `SingularMatrixError` and `NonFiniteError` as the kernels below do.
   */
  invert(out: Float64Array, a: Float64Array, n: number): void;
}

export interface FieldShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly adjointA?: boolean;
  readonly adjointB?: boolean;
}

/** The algebra of a field on real kernels, with a workspace of its own. */
export function fieldKernels(field: Field, kernels: DenseKernels): FieldKernels {
  return field === "complex" ? complexKernels(kernels) : realKernels(kernels);
}

/** A ← A − Aᴴ in place, A [n × n]: exactly skew-Hermitian. */
export function subtractAdjoint(a: Float64Array, n: number, field: Field): void {
  skewOrSymmetric(a, 0, n, -1);
  if (field === "complex") skewOrSymmetric(a, n * n, n, 1);
}

/** A ← factor·A + shift·I in place, A [n × n]. */
export function scaleAndShift(a: Float64Array, n: number, factor: number, shift: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
  for (let i = 0; i < n; i++) a[i * n + i] += shift;
}

function realKernels(kernels: DenseKernels): FieldKernels {
  return {
    field: "real",
    length: (rows, columns) => rows * columns,
    multiply(out, a, b, { m, k, n, adjointA = false, adjointB = false }) {
      kernels.multiply(out, a, b, { m, k, n, transposeA: adjointA, transposeB: adjointB });
    },
    invert: (out, a, n) => kernels.invert(out, a, n),
  };
}

/** a_ij ← a_ij + sign·a_ji. */
function skewOrSymmetric(a: Float64Array, offset: number, n: number, sign: 1 | -1): void {
  for (let i = 0; i < n; i++) {
    const diagonal = offset + i * n + i;
    a[diagonal] += sign * a[diagonal];
    for (let j = i + 1; j < n; j++) {
      const upper = offset + i * n + j;
      const lower = offset + j * n + i;
      const value = a[upper] + sign * a[lower];
      a[upper] = value;
      a[lower] = sign * value;
    }
  }
}
