import { type ComplexMatrix, complexZeros } from "./complex.ts";
import {
  reflectColumns,
  reflectComplex,
  reflectComplexColumns,
  reflectComplexRows,
  reflectRows,
} from "./householder.ts";
import { reflect } from "./qr.ts";

/**
 * A = Q·H·Qᵀ, H zero below its first subdiagonal: overwrites A [n × n] with H and `q`, when given, with the orthogonal Q
 * (Golub and Van Loan, "Matrix Computations", 4th edition, algorithm 7.4.2).
 */
export function reduceToHessenberg(a: Float64Array, n: number, q?: Float64Array): void {
  const tau = new Float64Array(n);
  const v = new Float64Array(n);
  const work = new Float64Array(n);
  const whole = { stride: n, bottom: n, right: n };
  for (let k = 0; k + 2 < n; k++) {
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k];
    tau[k] = reflect(v, k + 1);
    for (let i = k + 1; i < n; i++) a[i * n + k] = v[i];
    v[k + 1] = 1;
    reflectRows(a, { ...whole, top: k + 1, left: k + 1 }, v, tau[k], work);
    reflectColumns(a, { ...whole, top: 0, left: k + 1 }, v, tau[k]);
  }
  if (q !== undefined) setIdentity(q, n);
  for (let k = n - 3; k >= 0; k--) {
    for (let i = k + 2; i < n; i++) {
      v[i] = a[i * n + k];
      a[i * n + k] = 0;
    }
    v[k + 1] = 1;
    if (q !== undefined) reflectRows(q, { ...whole, top: k + 1, left: k + 1 }, v, tau[k], work);
  }
}

/** A = Q·H·Qᴴ of a complex A [n × n]: as `reduceToHessenberg`. */
export function reduceComplexToHessenberg(a: ComplexMatrix, n: number, q?: ComplexMatrix): void {
  const tau = complexZeros(n);
  const v = complexZeros(n);
  const work = complexZeros(n);
  const whole = { stride: n, bottom: n, right: n };
  for (let k = 0; k + 1 < n; k++) {
    for (let i = k + 1; i < n; i++) {
      v.re[i] = a.re[i * n + k];
      v.im[i] = a.im[i * n + k];
    }
    reflectComplex(v, k + 1, n, tau, k);
    for (let i = k + 1; i < n; i++) {
      a.re[i * n + k] = v.re[i];
      a.im[i * n + k] = v.im[i];
    }
    v.re[k + 1] = 1;
    reflectComplexRows(a, { ...whole, top: k + 1, left: k + 1 }, v, tau.re[k], -tau.im[k], work);
    reflectComplexColumns(a, { ...whole, top: 0, left: k + 1 }, v, tau.re[k], tau.im[k]);
  }
  if (q !== undefined) {
    setIdentity(q.re, n);
    q.im.fill(0);
  }
  for (let k = n - 2; k >= 0; k--) {
    for (let i = k + 2; i < n; i++) {
      v.re[i] = a.re[i * n + k];
      v.im[i] = a.im[i * n + k];
      a.re[i * n + k] = 0;
      a.im[i * n + k] = 0;
    }
    v.re[k + 1] = 1;
    v.im[k + 1] = 0;
    if (q === undefined) continue;
    reflectComplexRows(q, { ...whole, top: k + 1, left: k + 1 }, v, tau.re[k], tau.im[k], work);
  }
}

function setIdentity(q: Float64Array, n: number): void {
  q.fill(0);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
}
