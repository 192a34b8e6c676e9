import { UsageError } from "../errors.ts";
import { EPSILON, type RealOrComplex } from "./complex.ts";
import { singularValues } from "./svd.ts";

/** How many singular values are above `tolerance`, and how clear the cut is. */
export interface NumericalRank {
  readonly rank: number;
  readonly tolerance: number;
  readonly singularValues: Float64Array;
  /** σ_rank / σ_{rank+1}: near 1, the rank is a matter of the tolerance. Infinity at full rank, rank 0, or σ_{rank+1} = 0. */
  readonly gap: number;
}

/**
 * The number of singular values of a real or complex A [rows × columns] above `tolerance`, by default
 * max(rows, columns)·2⁻⁵²·σ₁ (Golub and Van Loan, "Matrix Computations", 4th edition, section 5.4.1).
 * Throws `UsageError` for a negative tolerance, and like `svd`.
 */
export function numericalRank(
  a: RealOrComplex,
  rows: number,
  columns: number,
  options: { readonly tolerance?: number } = {},
): NumericalRank {
  const values = singularValues(a, rows, columns);
  const tolerance = options.tolerance ?? Math.max(rows, columns) * EPSILON * values[0];
  if (!(tolerance >= 0)) {
    throw new UsageError(`numericalRank: the tolerance is ${tolerance}; give a number of at least 0, or none.`);
  }
  let rank = 0;
  while (rank < values.length && values[rank] > tolerance) rank++;
  const partial = rank > 0 && rank < values.length;
  return { rank, tolerance, singularValues: values, gap: partial ? values[rank - 1] / values[rank] : Infinity };
}

/** κ₂(A) = σ₁/σ_k, k = min(rows, columns), of a real or complex A; Infinity when σ_k = 0. Throws like `svd`. */
export function conditionNumber(a: RealOrComplex, rows: number, columns = rows): number {
  const values = singularValues(a, rows, columns);
  const smallest = values[values.length - 1];
  return smallest === 0 ? Infinity : values[0] / smallest;
}
