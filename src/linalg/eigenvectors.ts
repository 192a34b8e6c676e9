import { type ComplexMatrix, complexZeros, diagonalOf, type RealOrComplex, rowOf } from "./complex.ts";
import { type ComplexSchur, complexSchur } from "./complex-schur.ts";
import { addProduct, transposedView, view } from "./gemm.ts";
import { transpose } from "./matrix.ts";
import { triangularEigenvectors } from "./triangular-eigenvectors.ts";

/** A·x_k = λ_k·x_k and y_kᴴ·A = λ_k·y_kᴴ, in the order of the Schur form's diagonal. */
export interface Eigenvectors {
  /** λ [n]. */
  readonly values: ComplexMatrix;
  /** Column k is x_k [n × n], of unit length, its largest component real and positive. */
  readonly right: ComplexMatrix;
  /** Column k is y_k [n × n], of unit length, its largest component real and positive. */
  readonly left: ComplexMatrix;
  /** 1/|y_kᴴx_k| ≥ 1: a perturbation E of A moves λ_k by at most about conditions[k]·‖E‖₂. */
  readonly conditions: Float64Array;
}

/**
 * Eigenvalues, right and left eigenvectors and the condition numbers of the eigenvalues of a real or complex A [n × n],
 * from its Schur form by substitution (Golub and Van Loan, "Matrix Computations", 4th edition, sections 7.2.2 and 7.6.4).
 * For a defective A the vectors come out nearly parallel and the condition numbers huge; `conditionNumber(right, n)` is
 * κ(V) of these unit vectors. Throws like `complexSchur`.
 */
export function eigenvectors(a: RealOrComplex, n: number): Eigenvectors {
  return eigenvectorsOfSchur(complexSchur(a, n), n);
}

/** The same from a Schur decomposition at hand. */
export function eigenvectorsOfSchur({ q, t }: ComplexSchur, n: number): Eigenvectors {
  const { right, left, conditions } = triangularEigenvectors(t, n);
  for (let i = 0; i < left.im.length; i++) left.im[i] = -left.im[i];
  return {
    values: diagonalOf(t, n),
    right: columnsInBasis(right, q, n),
    left: columnsInBasis(left, q, n),
    conditions,
  };
}

/** Column k is Q times line k, turned so that its largest component is real and positive. */
function columnsInBasis(lines: ComplexMatrix, q: ComplexMatrix, n: number): ComplexMatrix {
  const out = complexZeros(n * n);
  const add = (target: Float64Array, sign: 1 | -1, x: Float64Array, basis: Float64Array) =>
    addProduct(view(target, n), sign, view(x, n), transposedView(view(basis, n)), n, n, n);
  add(out.re, 1, lines.re, q.re);
  add(out.re, -1, lines.im, q.im);
  add(out.im, 1, lines.re, q.im);
  add(out.im, 1, lines.im, q.re);
  for (let k = 0; k < n; k++) fixPhase(rowOf(out, k, n));
  return { re: transpose(out.re, n, n), im: transpose(out.im, n, n) };
}

function fixPhase({ re, im }: ComplexMatrix): void {
  let at = 0;
  for (let i = 1; i < re.length; i++) {
    if (re[i] * re[i] + im[i] * im[i] > (re[at] * re[at] + im[at] * im[at]) * (1 + TIE)) at = i;
  }
  const size = Math.hypot(re[at], im[at]);
  const [c, s] = [re[at] / size, -im[at] / size];
  for (let i = 0; i < re.length; i++) {
    const real = re[i];
    re[i] = c * real - s * im[i];
    im[i] = c * im[i] + s * real;
  }
  im[at] = 0;
}

/** Components that differ by less count as equally large; the first is taken, whatever the rounding. */
const TIE = 1e-8;
