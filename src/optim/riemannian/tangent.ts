import { type FieldKernels, subtractAdjoint } from "../../linalg/field.ts";

/**
 * The tangent space of the Stiefel manifold at W [rows × columns], WᴴW = I: all ξ with Wᴴξ + ξᴴW = 0, which are the A·W of
 * skew-Hermitian A [rows × rows].
 *
 * @module
 */

/**
 * a [rows × rows] ← G·Wᴴ − W·Gᴴ, exactly skew-Hermitian. A·W = G − W·GᴴW is the gradient in the canonical metric, where G =
 * ∂L/∂Re W + i·∂L/∂Im W (Tagare 2011; Wen and Yin, "A Feasible Method for Optimization with Orthogonality Constraints", 2013,
 * lemma 1). Its change of L along −A·W is −½‖A‖_F².
 */
export function generator(
  a: Float64Array,
  g: Float64Array,
  w: Float64Array,
  algebra: FieldKernels,
  rows: number,
  columns: number,
): void {
  algebra.multiply(a, g, w, { m: rows, k: columns, n: rows, adjointB: true });
  subtractAdjoint(a, rows, algebra.field);
}

/**
 * The nearest tangent vector to Z [rows × columns] in the Frobenius norm: Z − W·(WᴴZ + ZᴴW)/2, also the gradient in the
 * Euclidean metric when Z is G (Edelman, Arias and Smith 1998, eq. 2.4). For square W it is half of (Z·Wᴴ − W·Zᴴ)·W.
 */
export function projectTangent(
  z: Float64Array,
  w: Float64Array,
  algebra: FieldKernels,
  rows: number,
  columns: number,
): Float64Array {
  const gram = new Float64Array(algebra.length(columns, columns));
  const flipped = new Float64Array(gram.length);
  algebra.multiply(gram, w, z, { m: columns, k: rows, n: columns, adjointA: true });
  algebra.multiply(flipped, z, w, { m: columns, k: rows, n: columns, adjointA: true });
  for (let i = 0; i < gram.length; i++) gram[i] = (gram[i] + flipped[i]) / 2;
  const normal = new Float64Array(z.length);
  algebra.multiply(normal, w, gram, { m: rows, k: columns, n: columns });
  return z.map((value, i) => value - normal[i]);
}
