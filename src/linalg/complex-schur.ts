import {
  type ComplexMatrix,
  checkedLargest,
  complexZeros,
  isComplex,
  type RealOrComplex,
  safeScale,
  scaled,
} from "./complex.ts";
import { reduceToTriangular } from "./complex-hessenberg-qr.ts";
import { reduceComplexToHessenberg, reduceToHessenberg } from "./hessenberg.ts";
import { blockEigenvalue, reduceToRealSchur } from "./real-hessenberg-qr.ts";

/** A = Q·T·Qᴴ: Q [n × n] unitary, T [n × n] upper triangular with the eigenvalues of A on its diagonal. */
export interface ComplexSchur {
  readonly q: ComplexMatrix;
  readonly t: ComplexMatrix;
}

/**
 * The complex Schur decomposition of a real or complex A [n × n]: Hessenberg reduction, then the implicit shifted QR
 * iteration with deflation (Golub and Van Loan, "Matrix Computations", 4th edition, chapter 7). A real A is brought to
 * real Schur form first, which takes a quarter of the arithmetic. Backward stable: ‖A − Q·T·Qᴴ‖ is of the order n·eps·‖A‖.
 * Throws `ShapeError` for an empty matrix or an array that does not fit, `NonFiniteError` for NaN or ±Infinity,
 * `ConvergenceError`.
 */
export function complexSchur(a: RealOrComplex, n: number): ComplexSchur {
  const factor = safeScale(checkedLargest("complexSchur", a, n, n));
  const { q, t } = isComplex(a) ? schurOfComplex(a, n, factor) : schurOfReal(a, n, factor);
  return { q, t: { re: scaled(t.re, 1 / factor), im: scaled(t.im, 1 / factor) } };
}

function schurOfComplex(a: ComplexMatrix, n: number, factor: number): ComplexSchur {
  const t = { re: scaled(a.re, factor), im: scaled(a.im, factor) };
  const q = complexZeros(n * n);
  reduceComplexToHessenberg(t, n, q);
  reduceToTriangular(t, n, q);
  return { q, t };
}

function schurOfReal(a: Float64Array, n: number, factor: number): ComplexSchur {
  const t = { re: scaled(a, factor), im: new Float64Array(n * n) };
  const q = complexZeros(n * n);
  reduceToHessenberg(t.re, n, q.re);
  reduceToRealSchur(t.re, n, q.re);
  for (let i = n - 1; i > 0; i--) if (t.re[i * n + i - 1] !== 0) splitBlock(t, q, n, i);
  return { q, t };
}

/** Makes the real 2 × 2 block of the rows and columns i−1, i triangular by the unitary [[c̄, s], [−s, c]], s real. */
function splitBlock(t: ComplexMatrix, q: ComplexMatrix, n: number, i: number): void {
  const at = i * n + i;
  const below = t.re[at - 1];
  // (μ, below) is an eigenvector of the block for the eigenvalue d + μ.
  const { re: muRe, im: muIm } = blockEigenvalue(t.re[at - n - 1], t.re[at - n], below, t.re[at]);
  const length = Math.hypot(muRe, muIm, below);
  const [cRe, cIm, s] = [muRe / length, muIm / length, below / length];
  for (let p = (i - 1) * n + i - 1, end = i * n; p < end; p++) {
    const [xRe, xIm, yRe, yIm] = [t.re[p], t.im[p], t.re[p + n], t.im[p + n]];
    t.re[p] = cRe * xRe + cIm * xIm + s * yRe;
    t.im[p] = cRe * xIm - cIm * xRe + s * yIm;
    t.re[p + n] = cRe * yRe - cIm * yIm - s * xRe;
    t.im[p + n] = cRe * yIm + cIm * yRe - s * xIm;
  }
  rotateColumns(t, n, i, i + 1, cRe, cIm, s);
  rotateColumns(q, n, i, n, cRe, cIm, s);
  t.re[at - 1] = 0;
  t.im[at - 1] = 0;
}

/** (x, y) ← (c·x + s·y, c̄·y − s·x) for the columns i−1, i of the first `rows` rows. */
function rotateColumns(
  { re, im }: ComplexMatrix,
  n: number,
  i: number,
  rows: number,
  cRe: number,
  cIm: number,
  s: number,
): void {
  for (let row = 0, p = i - 1; row < rows; row++, p += n) {
    const [xRe, xIm, yRe, yIm] = [re[p], im[p], re[p + 1], im[p + 1]];
    re[p] = cRe * xRe - cIm * xIm + s * yRe;
    im[p] = cRe * xIm + cIm * xRe + s * yIm;
    re[p + 1] = cRe * yRe + cIm * yIm - s * xRe;
    im[p + 1] = cRe * yIm - cIm * yRe - s * xIm;
  }
}
