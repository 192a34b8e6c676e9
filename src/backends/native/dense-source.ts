import type { Toolchain } from "./toolchain.ts";

/**
 * C for dense float64 algebra: a packed, register-tiled product, and the inverse by blocked LU with partial pivoting:
 * panels of 32 columns, whose triangles are inverted (32 × 32) so that everything of order n³ is products.
 */
export function denseSource({ lanes, registers }: Toolchain): string {
  const vl = lanes / 2;
  const [rows, vectors] = registers >= 32 ? [8, 3] : [4, 3];
  const grid = [...Array(rows).keys()].flatMap((r) => [...Array(vectors).keys()].map((v) => [r, v]));
  const splat = Array.from({ length: vl }, () => "s").join(", ");
  return `#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>
#define VL ${vl}
#define MR ${rows}
#define NR (${vectors} * VL)
#define KC 256
#define MC (MR * 12)
#define NB 32
typedef double vd __attribute__((vector_size(${vl * 8})));
typedef double vu __attribute__((vector_size(${vl * 8}), aligned(8), may_alias));
static long smaller(long a, long b) { return a < b ? a : b; }

/* c[m x n] += alpha * (MR x k panel) (k x NR panel), the edges through a full tile */
static void tile(long k, double alpha, const double *restrict a, const double *restrict b, double *c, long ldc, long m, long n) {
  vd ${grid.map(([r, v]) => `c${r}_${v} = {0}`).join(", ")};
  for (long i = 0; i < k; i++, a += MR, b += NR) {
    const vd ${[...Array(vectors).keys()].map((v) => `b${v} = *(const vu *)(b + ${v} * VL)`).join(", ")};
${[...Array(rows).keys()].map((r) => `    { const double s = a[${r}]; const vd x = {${splat}}; ${[...Array(vectors).keys()].map((v) => `c${r}_${v} += x * b${v};`).join(" ")} }`).join("\n")}
  }
  if (m == MR && n == NR) {
    const double s = alpha;
    const vd x = {${splat}};
${grid.map(([r, v]) => `    *(vu *)(c + ${r} * ldc + ${v} * VL) += x * c${r}_${v};`).join("\n")}
    return;
  }
  double t[MR * NR];
${grid.map(([r, v]) => `  *(vu *)(t + ${r} * NR + ${v} * VL) = c${r}_${v};`).join("\n")}
  for (long i = 0; i < m; i++) for (long j = 0; j < n; j++) c[i * ldc + j] += alpha * t[i * NR + j];
}

/* c += alpha op(a) op(b); element (i, j) of op(a) is a[i * ra + j * ca] */
static void product(long m, long n, long k, double alpha, const double *a, long ra, long ca, const double *b, long rb, long cb, double *c, long ldc, double *work) {
  double *pa = work, *pb = work + MC * KC;
  for (long k0 = 0; k0 < k; k0 += KC) {
    const long kc = smaller(KC, k - k0);
    for (long j0 = 0; j0 < n; j0 += NR) {
      double *p = pb + j0 * kc;
      for (long i = 0; i < kc; i++) for (long j = 0; j < NR; j++) *p++ = j0 + j < n ? b[(k0 + i) * rb + (j0 + j) * cb] : 0;
    }
    for (long i0 = 0; i0 < m; i0 += MC) {
      const long mc = smaller(MC, m - i0);
      for (long i1 = 0; i1 < mc; i1 += MR) {
        double *p = pa + i1 * kc;
        for (long i = 0; i < kc; i++) for (long r = 0; r < MR; r++) *p++ = i1 + r < mc ? a[(i0 + i1 + r) * ra + (k0 + i) * ca] : 0;
      }
      for (long j0 = 0; j0 < n; j0 += NR) for (long i1 = 0; i1 < mc; i1 += MR)
        tile(kc, alpha, pa + i1 * kc, pb + j0 * kc, c + (i0 + i1) * ldc + j0, ldc, smaller(MR, mc - i1), smaller(NR, n - j0));
    }
  }
}
static double *workspace(long n) { return aligned_alloc(64, sizeof(double) * ((MC * KC + KC * (n + NR) + 7) / 8 * 8)); }

void st_multiply(double *out, const double *a, const double *b, long m, long k, long n, int ta, int tb) {
  double *work = workspace(n);
  memset(out, 0, sizeof(double) * m * n);
  product(m, n, k, 1, a, ta ? 1 : k, ta ? m : 1, b, tb ? 1 : n, tb ? k : 1, out, n, work);
  free(work);
}

static void subtract(double *restrict x, const double *restrict y, double factor, long n) {
  for (long j = 0; j < n; j++) x[j] -= factor * y[j];
}
static void exchange(double *a, double *b, long n) {
  for (long j = 0; j < n; j++) { const double held = a[j]; a[j] = b[j]; b[j] = held; }
}

/* inv[NB x NB] = inverse of the m x m triangle at a: unit lower, or upper */
static void invert_lower(double *inv, const double *a, long n, long m) {
  memset(inv, 0, sizeof(double) * NB * NB);
  for (long i = 0; i < m; i++) {
    inv[i * NB + i] = 1;
    for (long k = 0; k < i; k++) subtract(inv + i * NB, inv + k * NB, a[i * n + k], k + 1);
  }
}
static void invert_upper(double *inv, const double *a, long n, long m) {
  memset(inv, 0, sizeof(double) * NB * NB);
  for (long i = m - 1; i >= 0; i--) {
    const double pivot = 1 / a[i * n + i];
    inv[i * NB + i] = 1;
    for (long k = i + 1; k < m; k++) subtract(inv + i * NB + k, inv + k * NB + k, a[i * n + k], m - k);
    for (long j = i; j < m; j++) inv[i * NB + j] *= pivot;
  }
}
/* x[m x columns] = inv x, through held */
static void apply(const double *inv, long m, double *x, long n, long columns, double *held, double *work) {
  for (long i = 0; i < m; i++) {
    memcpy(held + i * columns, x + i * n, sizeof(double) * columns);
    memset(x + i * n, 0, sizeof(double) * columns);
  }
  product(m, columns, m, 1, inv, NB, 1, held, columns, 1, x, n, work);
}

/* out = a^-1, a is overwritten by its factors; returns the column without a pivot, or -1 */
long st_invert(double *out, double *a, int *pivots, long n) {
  double *work = workspace(n), *held = aligned_alloc(64, sizeof(double) * NB * ((n + 7) / 8 * 8));
  double inv[NB * NB];
  long singular = -1;
  for (long k0 = 0; k0 < n && singular < 0; k0 += NB) {
    const long k1 = smaller(k0 + NB, n);
    for (long k = k0; k < k1; k++) {
      long p = k;
      for (long i = k + 1; i < n; i++) if (fabs(a[i * n + k]) > fabs(a[p * n + k])) p = i;
      if (!(fabs(a[p * n + k]) > 0)) { singular = k; break; }
      pivots[k] = (int)p;
      if (p != k) exchange(a + p * n, a + k * n, n);
      const double pivot = 1 / a[k * n + k];
      for (long i = k + 1; i < n; i++) {
        a[i * n + k] *= pivot;
        subtract(a + i * n + k + 1, a + k * n + k + 1, a[i * n + k], k1 - k - 1);
      }
    }
    if (singular >= 0 || k1 == n) break;
    invert_lower(inv, a + k0 * n + k0, n, k1 - k0);
    apply(inv, k1 - k0, a + k0 * n + k1, n, n - k1, held, work);
    product(n - k1, n - k1, k1 - k0, -1, a + k1 * n + k0, n, 1, a + k0 * n + k1, n, 1, a + k1 * n + k1, n, work);
  }
  if (singular < 0) {
    memset(out, 0, sizeof(double) * n * n);
    for (long i = 0; i < n; i++) out[i * n + i] = 1;
    for (long k = 0; k < n; k++) if (pivots[k] != k) exchange(out + k * n, out + (long)pivots[k] * n, n);
    for (long k0 = 0; k0 < n; k0 += NB) {
      const long k1 = smaller(k0 + NB, n);
      invert_lower(inv, a + k0 * n + k0, n, k1 - k0);
      apply(inv, k1 - k0, out + k0 * n, n, n, held, work);
      product(n - k1, n, k1 - k0, -1, a + k1 * n + k0, n, 1, out + k0 * n, n, 1, out + k1 * n, n, work);
    }
    for (long k1 = n; k1 > 0; k1 = (k1 - 1) / NB * NB) {
      const long k0 = (k1 - 1) / NB * NB;
      invert_upper(inv, a + k0 * n + k0, n, k1 - k0);
      apply(inv, k1 - k0, out + k0 * n, n, n, held, work);
      product(k0, n, k1 - k0, -1, a + k0, n, 1, out + k0 * n, n, 1, out, n, work);
    }
  }
  free(held);
  free(work);
  return singular;
}
`;
}
