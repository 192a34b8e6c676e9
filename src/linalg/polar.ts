import { NonFiniteError, SingularMatrixError } from "../errors.ts";
import { denseKernels } from "./dense.ts";
import { type Field, type FieldKernels, fieldKernels, scaleAndShift } from "./field.ts";
import type { FloatArray } from "./kernels.ts";
import { assertMatrix, frobeniusNorm } from "./matrix.ts";

/**
 * U of the polar factorisation A = U·H, H positive definite: the matrix with orthonormal columns nearest to A [rows ×
 * columns] of full column rank. Throws as `polarProjection` does.
 */
export function polarFactor(a: FloatArray, rows: number, columns: number, field: Field = "real"): Float64Array {
  const out = Float64Array.from(a);
  polarProjection(fieldKernels(field, denseKernels), rows, columns)(out);
  return out;
}

/**
 * A function that replaces A [rows × columns] by its polar factor in place, with its workspace allocated once. Far from it
 * the scaled Newton iteration A ← ½A(γI + γ⁻¹(AᴴA)⁻¹), which converges from any A of full column rank; where ‖I − AᴴA‖_F
 * < ½ Newton and Schulz's A ← A(I + ½(I − AᴴA)), which needs no inverse. Both converge quadratically (Higham, "Functions of
 * Matrices", 2008, chapter 8). It throws `SingularMatrixError` for dependent columns, `NonFiniteError` for NaN and ±Infinity,
 * `ShapeError` when the array does not fit.
 */
export function polarProjection(algebra: FieldKernels, rows: number, columns: number): (a: Float64Array) => void {
  const gram = new Float64Array(algebra.length(columns, columns));
  const inverse = new Float64Array(gram.length);
  const next = new Float64Array(algebra.length(rows, columns));
  return (a) => {
    assertMatrix("polar factor", a, rows, next.length / rows);
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      algebra.multiply(gram, a, a, { m: columns, k: rows, n: columns, adjointA: true });
      const defect = defectOf(gram, columns);
      if (!Number.isFinite(defect)) {
        throw new NonFiniteError(
          `The ${rows} × ${columns} matrix has no polar factor: it holds NaN or numbers whose squares overflow. Look for the update that produced them, or lower the learning rate.`,
        );
      }
      if (defect < SCHULZ) scaleAndShift(gram, columns, -0.5, 1.5);
      else {
        algebra.invert(inverse, gram, columns);
        const scale = (frobeniusNorm(inverse) / frobeniusNorm(gram)) ** 0.25;
        for (let i = 0; i < gram.length; i++) gram[i] = inverse[i];
        scaleAndShift(gram, columns, 0.5 / scale, 0.5 * scale);
      }
      algebra.multiply(next, a, gram, { m: rows, k: columns, n: columns });
      a.set(next);
      if (defect < CONVERGED) return;
    }
    throw new SingularMatrixError(
      `The ${rows} × ${columns} matrix has no unique polar factor: its columns are linearly dependent to rounding. Remove or change the dependent one.`,
    );
  };
}

/** ‖AᴴA − I‖_F. */
function defectOf(gram: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < gram.length; i++) {
    const isDiagonal = i < n * n && i % (n + 1) === 0;
    sum += (isDiagonal ? gram[i] - 1 : gram[i]) ** 2;
  }
  return Math.sqrt(sum);
}

const ITERATIONS = 60;
const SCHULZ = 0.5;
/** A step leaves ¾ of its square. */
const CONVERGED = 1e-8;
