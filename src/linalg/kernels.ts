/** A vector or matrix of either precision; matrices are dense, row-major, without padding. */
export type FloatArray = Float32Array | Float64Array;

/**
 * The O(n³) float64 operations parametrizations are built on. Every backend offers them; `linalg/dense.ts` is the plain
 * TypeScript one. All matrices are row-major and contiguous; `out` may not alias an input.
 */
export interface DenseKernels {
  /**
   * out ← op(A) · op(B), shapes op(A) [m × k], op(B) [k × n], out [m × n].
   * With `transposeA` A is stored [k × m]; with `transposeB` B is stored [n × k].
   */
  multiply(
    out: Float64Array,
    a: Float64Array,
    b: Float64Array,
    shape: { m: number; k: number; n: number; transposeA?: boolean; transposeB?: boolean },
  ): void;
  /** out ← A⁻¹ for A [n × n], by LU with partial pivoting. Throws `SingularMatrixError`. */
  invert(out: Float64Array, a: Float64Array, n: number): void;
}
