import koffi from "koffi";
import { SingularMatrixError } from "../../errors.ts";
import type { DenseKernels } from "../../linalg/kernels.ts";
import { cachedLibrary } from "./cache.ts";
import { denseSource } from "./dense-source.ts";
import type { Toolchain } from "./toolchain.ts";

/** float64 products and inverses in C, compiled on first use. */
export function nativeDense(toolchain: Toolchain): DenseKernels {
  let loaded: ReturnType<typeof load> | undefined;
  const kernels = () => {
    loaded ??= load(toolchain);
    return loaded;
  };
  return {
    multiply(out, a, b, { m, k, n, transposeA = false, transposeB = false }) {
      kernels().multiply(out, a, b, m, k, n, transposeA ? 1 : 0, transposeB ? 1 : 0);
    },
    invert(out, a, n) {
      const pivots = new Int32Array(n);
      const work = Float64Array.from(a.subarray(0, n * n));
      const column = kernels().invert(out, work, pivots, n);
      if (column >= 0) {
        throw new SingularMatrixError(`The ${n} × ${n} matrix is singular: no pivot in column ${column}.`);
      }
    },
  };
}

function load(toolchain: Toolchain) {
  const library = koffi.load(cachedLibrary(denseSource(toolchain), toolchain));
  return {
    multiply: library.func(
      "void st_multiply(double *out, const double *a, const double *b, long m, long k, long n, int ta, int tb)",
    ),
    invert: library.func("long st_invert(double *out, double *a, int *pivots, long n)"),
  };
}
