import { NonFiniteError, SingularMatrixError } from "../../errors.ts";
import type { DenseKernels } from "../../linalg/kernels.ts";
import { assertMatrix } from "../../linalg/matrix.ts";
import { type Kernels, kernelsIn } from "./kernels.ts";
import { type Memory, maximumPages, pageBytes, webAssembly } from "./webassembly.ts";

/** float64 algebra in a memory of its own, which grows to the largest matrices seen. */
export function wasmDense(): DenseKernels {
  const space = new Space();
  return {
    multiply(out, a, b, { m, k, n, transposeA = false, transposeB = false }) {
      assertMatrix("multiply: A", a, m, k);
      assertMatrix("multiply: B", b, k, n);
      assertMatrix("multiply: out", out, m, n);
      const ldo = paddedBytes(n);
      const [atA, atRows, atB, atPanels, atOut] = space.reserve([m * k * 8, m * k * 8, k * n * 8, k * ldo, m * ldo]);
      const { kernels } = space;
      space.write(atA, a);
      space.write(atB, b);
      if (transposeA) kernels.transposeDoubles(atRows, k * 8, atA, m * 8, k, m);
      const [depthStride, columnStride] = transposeB ? [8, k * 8] : [n * 8, 8];
      kernels.packDoubles(atPanels, atB, depthStride, columnStride, k, n, 1);
      kernels.multiplyPacked(atOut, ldo, transposeA ? atRows : atA, k * 8, atPanels, m, k, n, false);
      space.readRows(out, atOut, ldo, m, n);
    },

    invert(out, a, n) {
      assertMatrix("invert: A", a, n, n);
      assertMatrix("invert: out", out, n, n);
      const ld = paddedBytes(n);
      const [atA, atOut, atPivots, atScratch] = space.reserve([n * ld, n * ld, n * 4, n * ld + 64]);
      space.writeRows(atA, a, ld, n);
      const column = space.kernels.invert(atOut, atA, ld, n, atPivots, atScratch);
      if (column >= 0) throw pivotError(n, column, space.double(atScratch));
      space.readRows(out, atOut, ld, n, n);
    },
  };
}

/** Bytes of a row of whole panels. */
const paddedBytes = (columns: number): number => Math.ceil(columns / 4) * 32;

class Space {
  private readonly memory: Memory = new (webAssembly().Memory)({ initial: 1, maximum: maximumPages, shared: true });
  readonly kernels: Kernels = kernelsIn(this.memory);
  private doubles = new Float64Array(this.memory.buffer);

  /** Addresses of areas of the given sizes, none overlapping. */
  reserve(sizes: readonly number[]): number[] {
    let end = 64;
    const addresses = sizes.map((bytes) => {
      const start = end;
      end = start + Math.ceil(bytes / 64) * 64;
      return start;
    });
    if (end > this.doubles.byteLength) {
      this.memory.grow(Math.ceil((end - this.doubles.byteLength) / pageBytes));
      this.doubles = new Float64Array(this.memory.buffer);
    }
    return addresses;
  }

  double(address: number): number {
    return this.doubles[address / 8];
  }

  write(address: number, values: Float64Array): void {
    this.doubles.set(values, address / 8);
  }

  writeRows(address: number, values: Float64Array, stride: number, columns: number): void {
    if (stride === columns * 8) {
      this.write(address, values);
      return;
    }
    for (let at = address, from = 0; from < values.length; at += stride, from += columns) {
      this.write(at, values.subarray(from, from + columns));
    }
  }

  readRows(out: Float64Array, address: number, stride: number, rows: number, columns: number): void {
    if (stride === columns * 8) {
      out.set(this.doubles.subarray(address / 8, address / 8 + rows * columns));
      return;
    }
    for (let i = 0, at = address / 8; i < rows; i++, at += stride / 8) {
      out.set(this.doubles.subarray(at, at + columns), i * columns);
    }
  }
}

function pivotError(n: number, column: number, pivot: number): Error {
  if (!Number.isFinite(pivot)) {
    return new NonFiniteError(
      `The ${n} × ${n} matrix to invert has the pivot ${pivot} in column ${column}; expected finite numbers. Look for the update or gradient that produced it, or lower the learning rate.`,
    );
  }
  return new SingularMatrixError(
    `The ${n} × ${n} matrix to invert is singular: pivot 0 in column ${column}, whose rows ${column} to ${n - 1} are all zero after elimination. Its columns must be linearly independent; remove or change the dependent one.`,
  );
}
