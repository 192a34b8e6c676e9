import { NonFiniteError, ShapeError, SingularMatrixError } from "../../errors.ts";
import type { DenseKernels } from "../../linalg/kernels.ts";
import { cachedLibrary, loadLibrary } from "./cache.ts";
import { denseSource } from "./dense-source.ts";
import type { Toolchain } from "./toolchain.ts";

/** float64 products and inverses in C, compiled on first use. */
export function nativeDense(toolchain: Toolchain): DenseKernels {
  let loaded: ReturnType<typeof load> | undefined;
  const kernels = () => {
    loaded ??= load(toolchain);
    return loaded;
  };
  const workspaces = new Map<number, { matrix: Float64Array; pivots: Int32Array }>();
  return {
    multiply(out, a, b, { m, k, n, transposeA = false, transposeB = false }) {
      requireLength("multiply: out", out, m * n);
      requireLength("multiply: a", a, m * k);
      requireLength("multiply: b", b, k * n);
      kernels().multiply(out, a, b, m, k, n, transposeA ? 1 : 0, transposeB ? 1 : 0);
    },
    invert(out, a, n) {
      requireLength("invert: out", out, n * n);
      requireLength("invert: a", a, n * n);
      const { matrix, pivots } = workspaces.get(n) ?? { matrix: new Float64Array(n * n), pivots: new Int32Array(n) };
      workspaces.set(n, { matrix, pivots });
      matrix.set(a.subarray(0, n * n));
      const column = kernels().invert(out, matrix, pivots, n);
      if (column < 0) return;
      if (!matrix.every(Number.isFinite)) {
        throw new NonFiniteError(`invert: the ${n} × ${n} matrix holds NaN or Infinity; find what made it so.`);
      }
      throw new SingularMatrixError(
        `The ${n} × ${n} matrix is singular: column ${column} has no pivot. Only matrices of full rank have an inverse.`,
      );
    },
  };
}

function requireLength(name: string, { length }: Float64Array, expected: number): void {
  if (length < expected) throw new ShapeError(`${name} has ${length} elements, expected ${expected}.`);
}

function load(toolchain: Toolchain) {
  const library = loadLibrary(cachedLibrary(denseSource(toolchain), toolchain));
  return {
    multiply: library.func(
      "void st_multiply(double *out, const double *a, const double *b, long m, long k, long n, int ta, int tb)",
    ),
    invert: library.func("long st_invert(double *out, double *a, int *pivots, long n)"),
  };
}
