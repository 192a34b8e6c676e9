import { addProduct, transposedView, view } from "./gemm.ts";
import type { DenseKernels } from "./kernels.ts";
import { exchangeRows, factorLU } from "./lu.ts";
import { assertMatrix } from "./matrix.ts";
import { solveUnitLower, solveUpper } from "./triangular.ts";

/** `DenseKernels` in plain TypeScript: needs nothing of the machine, and is the reference for every other one. */
export const denseKernels: DenseKernels = {
  multiply(out, a, b, { m, k, n, transposeA = false, transposeB = false }) {
    assertMatrix("multiply: A", a, m, k);
    assertMatrix("multiply: B", b, k, n);
    assertMatrix("multiply: out", out, m, n);
    out.fill(0);
    const left = transposeA ? transposedView(view(a, m)) : view(a, k);
    const right = transposeB ? transposedView(view(b, k)) : view(b, n);
    addProduct(view(out, n), 1, left, right, m, k, n);
  },

  invert(out, a, n) {
    assertMatrix("invert: A", a, n, n);
    assertMatrix("invert: out", out, n, n);
    const { lu, pivots } = workspace(n);
    lu.set(a);
    factorLU(lu, n, pivots);
    invertUnitLower(out, lu, n);
    solveUpper(lu, n, 0, n, view(out, n), n);
    exchangeColumns(out, n, pivots);
  },
};

/**
 * X [n × columns] with A·X = B for A [n × n], B [n × columns], row-major; by LU with partial pivoting.
 * Throws `SingularMatrixError`, `NonFiniteError` (see `DenseKernels.invert`) and `ShapeError`.
 */
export function solve(a: Float64Array, b: Float64Array, n: number, columns = 1): Float64Array {
  assertMatrix("solve: A", a, n, n);
  assertMatrix("solve: B", b, n, columns);
  const lu = a.slice();
  const pivots = new Int32Array(n);
  factorLU(lu, n, pivots);
  const x = b.slice();
  for (let i = 0; i < n; i++) if (pivots[i] !== i) exchangeRows(x, columns, i, pivots[i]);
  solveUnitLower(lu, n, 0, n, view(x, columns), columns);
  solveUpper(lu, n, 0, n, view(x, columns), columns);
  return x;
}

/** out ← L⁻¹ with zeros above the diagonal, by rows of blocks so that the zeros are never multiplied. */
function invertUnitLower(out: Float64Array, lu: Float64Array, n: number): void {
  out.fill(0);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  for (let top = 0; top < n; top += BLOCK) {
    const height = Math.min(BLOCK, n - top);
    const rows = view(out, n, top);
    addProduct(rows, -1, view(lu, n, top), view(out, n), height, top, top);
    solveUnitLower(lu, n, top, height, rows, top + height);
  }
}

/** out ← out·P: A⁻¹ = U⁻¹·L⁻¹·P, so the row exchanges are made on columns, from the last to the first. */
function exchangeColumns(out: Float64Array, n: number, pivots: Int32Array): void {
  for (let row = 0; row < n * n; row += n) {
    for (let j = n - 1; j >= 0; j--) {
      const p = pivots[j];
      const held = out[row + j];
      out[row + j] = out[row + p];
      out[row + p] = held;
    }
  }
}

/** The copy to factor, kept between calls: a training step inverts the same sizes again and again. */
function workspace(n: number): { lu: Float64Array; pivots: Int32Array } {
  let space = workspaces.get(n);
  if (space === undefined) {
    space = { lu: new Float64Array(n * n), pivots: new Int32Array(n) };
    if (workspaces.size >= KEPT) workspaces.clear();
    workspaces.set(n, space);
  }
  return space;
}

const workspaces = new Map<number, { lu: Float64Array; pivots: Int32Array }>();
const KEPT = 8;
const BLOCK = 32;
