import type { FieldKernels } from "./field.ts";
import type { DenseKernels } from "./kernels.ts";
import { assertMatrix } from "./matrix.ts";

/**
 * Complex algebra from real kernels. A product takes three real ones instead of four: with A = P + iQ and B = R + iS,
 * Im AB = (P + Q)(R + S) − PR − QS (Gauss; normwise as accurate as four, Higham, "Accuracy and Stability", section 23.2.4).
 */
export function complexKernels(kernels: DenseKernels): FieldKernels {
  const workspace = growingWorkspace();
  return {
    field: "complex",
    length: (rows, columns) => 2 * rows * columns,

    multiply(out, a, b, { m, k, n, adjointA = false, adjointB = false }) {
      assertMatrix("complex multiply: A", a, m, 2 * k);
      assertMatrix("complex multiply: B", b, k, 2 * n);
      assertMatrix("complex multiply: out", out, m, 2 * n);
      const shape = { m, k, n, transposeA: adjointA, transposeB: adjointB };
      const [signA, signB] = [adjointA ? -1 : 1, adjointB ? -1 : 1];
      const sign = signA * signB;
      const [p, q] = parts(a, m * k);
      const [r, s] = parts(b, k * n);
      const [re, im] = parts(out, m * n);
      const sumA = addScaled(workspace(0, m * k), p, signA, q);
      const sumB = addScaled(workspace(1, k * n), r, signB, s);
      const second = workspace(2, m * n);
      kernels.multiply(re, p, r, shape);
      kernels.multiply(second, q, s, shape);
      kernels.multiply(im, sumA, sumB, shape);
      for (let i = 0; i < m * n; i++) {
        im[i] -= re[i] + sign * second[i];
        re[i] -= sign * second[i];
      }
    },

    invert(out, a, n) {
      assertMatrix("complex invert: A", a, n, 2 * n);
      assertMatrix("complex invert: out", out, n, 2 * n);
      if (blocksAreSafe(a, n)) invertByBlocks(out, a, n, kernels, workspace);
      else invertEmbedded(out, a, n, kernels, workspace);
    },
  };
}

/** Arrays kept between calls, each cut to the length asked for. */
type Workspace = (slot: number, length: number) => Float64Array;

function growingWorkspace(): Workspace {
  const slots: Float64Array[] = [];
  return (slot, length) => {
    if (slots[slot] === undefined || slots[slot].length < length) slots[slot] = new Float64Array(length);
    return slots[slot].length === length ? slots[slot] : slots[slot].subarray(0, length);
  };
}

/**
 * With A = P + iQ, X = (P + Q·P⁻¹·Q)⁻¹ and Y = −P⁻¹·Q·X, A⁻¹ = X + iY. P and the Schur complement inherit A's positive
 * Hermitian part. Half the time of the embedding, but the error grows with ‖Q‖².
 */
function invertByBlocks(out: Float64Array, a: Float64Array, n: number, kernels: DenseKernels, take: Workspace): void {
  const shape = { m: n, k: n, n };
  const [p, q] = parts(a, n * n);
  const [x, y] = parts(out, n * n);
  const quotient = take(3, n * n);
  kernels.invert(x, p, n);
  kernels.multiply(quotient, x, q, shape);
  kernels.multiply(y, q, quotient, shape);
  for (let i = 0; i < n * n; i++) y[i] += p[i];
  kernels.invert(x, y, n);
  kernels.multiply(y, quotient, x, shape);
  for (let i = 0; i < n * n; i++) y[i] = -y[i];
}

/** ‖Q‖_F² of at most 16 ‖diag P‖²: for P = I + skew the error grows by no more than 16 n, and far less for a Q of full rank. */
function blocksAreSafe(a: Float64Array, n: number): boolean {
  let imaginary = 0;
  for (let i = n * n; i < 2 * n * n; i++) imaginary += a[i] ** 2;
  let diagonal = 0;
  for (let i = 0; i < n; i++) diagonal += a[i * n + i] ** 2;
  return imaginary <= 16 * diagonal;
}

/** The inverse of [[P, −Q], [Q, P]] is [[X, −Y], [Y, X]]. */
function invertEmbedded(out: Float64Array, a: Float64Array, n: number, kernels: DenseKernels, take: Workspace): void {
  const width = 2 * n;
  const matrix = take(4, width * width);
  const inverse = take(5, width * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const p = a[i * n + j];
      const q = a[n * n + i * n + j];
      matrix[i * width + j] = p;
      matrix[i * width + n + j] = -q;
      matrix[(n + i) * width + j] = q;
      matrix[(n + i) * width + n + j] = p;
    }
  }
  kernels.invert(inverse, matrix, width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      out[i * n + j] = inverse[i * width + j];
      out[n * n + i * n + j] = inverse[(n + i) * width + j];
    }
  }
}

function parts(a: Float64Array, half: number): [Float64Array, Float64Array] {
  return [a.subarray(0, half), a.subarray(half)];
}

function addScaled(out: Float64Array, a: Float64Array, factor: number, b: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = a[i] + factor * b[i];
  return out;
}
