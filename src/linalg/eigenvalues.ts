import { balance } from "./balance.ts";
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

/**
 * The n eigenvalues of a real or complex A [n × n], in no particular order; those of a real A come in exactly conjugate
 * pairs, the positive imaginary part first. By Hessenberg reduction and implicit shifted QR, without vectors.
 * With `balance`, A is first scaled by a diagonal similarity: better for badly scaled matrices, harmless for most, but
 * harmful for some with tiny elements that are rounding errors.
 * Throws `ShapeError` for an empty matrix or an array that does not fit, `NonFiniteError` for NaN or ±Infinity,
 * `ConvergenceError`.
 */
export function eigenvalues(a: RealOrComplex, n: number, options: { readonly balance?: boolean } = {}): ComplexMatrix {
  const factor = safeScale(checkedLargest("eigenvalues", a, n, n));
  const values = complexZeros(n);
  if (isComplex(a)) {
    const h = { re: scaled(a.re, factor), im: scaled(a.im, factor) };
    if (options.balance) balance(h, n);
    reduceComplexToHessenberg(h, n);
    reduceToTriangular(h, n, undefined);
    for (let i = 0; i < n; i++) {
      values.re[i] = h.re[i * n + i];
      values.im[i] = h.im[i * n + i];
    }
  } else {
    const h = scaled(a, factor);
    if (options.balance) balance(h, n);
    reduceToHessenberg(h, n);
    reduceToRealSchur(h, n, undefined);
    readBlocks(h, n, values);
  }
  return { re: scaled(values.re, 1 / factor), im: scaled(values.im, 1 / factor) };
}

/** max |λ|. Throws like `eigenvalues`. */
export function spectralRadius(a: RealOrComplex, n: number): number {
  const { re, im } = eigenvalues(a, n);
  return re.reduce((largest, x, i) => Math.max(largest, Math.hypot(x, im[i])), 0);
}

/** The eigenvalues of the diagonal blocks of 1 and 2 rows. */
function readBlocks(h: Float64Array, n: number, { re, im }: ComplexMatrix): void {
  for (let i = 0; i < n; i++) {
    const at = i * n + i;
    const below = i + 1 < n ? h[at + n] : 0;
    if (below === 0) {
      re[i] = h[at];
      continue;
    }
    const d = h[at + n + 1];
    const mu = blockEigenvalue(h[at], h[at + 1], below, d);
    re[i] = d + mu.re;
    im[i] = mu.im;
    im[i + 1] = -mu.im;
    re[i + 1] = re[i];
    if (mu.im === 0) re[i + 1] = mu.re === 0 ? d : d - (h[at + 1] / mu.re) * below;
    i++;
  }
}
