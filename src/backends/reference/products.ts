import { bufferAddress } from "../../plan/memory.ts";
import type { Gemm, GemmShape, OuterProduct, Pack, Permute } from "../../plan/plan.ts";
import type { Routine } from "../interpreter.ts";
import { locate, type Memory } from "./memory.ts";

/** Rows and columns of one of the blocks that are multiplied whole. */
const blockOf = ({ k, n, blocks }: GemmShape): { rows: number; columns: number } => ({
  rows: k / blocks,
  columns: n / blocks,
});

/**
 * packed ← the blocks of all groups, row i of block b of group g: forward at ((b·rows + i)·groups + g)·columns, transposed
 * column j at (g·n + b·columns + j)·rows.
 */
export function pack({ plan, floats }: Memory, { packed, weights, gemm, transpose }: Pack): void {
  const { k, n, groups, inner } = gemm;
  const { rows, columns } = blockOf(gemm);
  const [innerRows, width] = [rows / inner, columns / inner];
  const out = bufferAddress(packed, 0, plan) / 8;
  weights.forEach(({ buffer, firstRow }, g) => {
    const start = bufferAddress(buffer, 0, plan) / 8 + firstRow * buffer.stride;
    for (let i = 0; i < k; i++) {
      const [block, row] = [Math.floor(i / rows), i % rows];
      for (let j = 0; j < columns; j++) {
        const isStored = Math.floor(row / innerRows) === Math.floor(j / width);
        const place = transpose ? (g * n + block * columns + j) * rows + row : (i * groups + g) * columns + j;
        floats[out + place] = isStored ? floats[start + i * buffer.stride + (j % width)] : 0;
      }
    }
  });
}

export function gemm(memory: Memory, { a, packed, shape, transpose, c, accumulate }: Gemm): Routine {
  const { floats, plan } = memory;
  const { n, k, groups, groupStride } = shape;
  const { rows, columns } = blockOf(shape);
  const [locateA, locateC] = [locate(memory, a), locate(memory, c)];
  const weights = bufferAddress(packed, 0, plan) / 8;
  const add = (place: number, sum: number): void => {
    floats[place] = accumulate ? floats[place] + sum : sum;
  };
  const forward = (row: number, result: number): void => {
    for (let g = 0; g < groups; g++) {
      for (let j = 0; j < n; j++) {
        const block = Math.floor(j / columns);
        let sum = 0;
        for (let i = block * rows; i < (block + 1) * rows; i++) {
          sum += floats[row + i] * floats[weights + (i * groups + g) * columns + (j % columns)];
        }
        add(result + g * groupStride + j, sum);
      }
    }
  };
  const adjoint = (row: number, result: number): void => {
    for (let i = 0; i < k; i++) {
      const block = Math.floor(i / rows);
      let sum = 0;
      for (let g = 0; g < groups; g++) {
        for (let j = block * columns; j < (block + 1) * columns; j++) {
          sum += floats[row + g * groupStride + j] * floats[weights + (g * n + j) * rows + (i % rows)];
        }
      }
      add(result + i, sum);
    }
  };
  const product = transpose ? adjoint : forward;
  return (...step) => {
    const count = plan.shape.rows * (step[5] - step[4]);
    const [startA, startC] = [locateA(...step), locateC(...step)];
    for (let r = 0; r < count; r++) product(startA + r * a.buffer.stride, startC + r * c.buffer.stride);
  };
}

export function outerProduct(memory: Memory, { a, b, gradient, shape }: OuterProduct): Routine {
  const { floats, plan } = memory;
  const { k, groups, groupStride } = shape;
  const { rows, columns } = blockOf(shape);
  const [locateA, locateB] = [locate(memory, a), locate(memory, b)];
  const locateGradient = locate(memory, { buffer: gradient, shift: 0, column: 0 });
  return (...step) => {
    const count = plan.shape.rows * (step[5] - step[4]);
    const [startA, startB, out] = [locateA(...step), locateB(...step), locateGradient(...step)];
    for (let r = 0; r < count; r++) {
      for (let i = 0; i < k; i++) {
        const factor = floats[startA + r * a.buffer.stride + i];
        for (let g = 0; g < groups; g++) {
          const row = out + i * gradient.stride + g * columns;
          const from = startB + r * b.buffer.stride + g * groupStride + Math.floor(i / rows) * columns;
          for (let j = 0; j < columns; j++) floats[row + j] += factor * floats[from + j];
        }
      }
    }
  };
}

export function permute(memory: Memory, { a, c, index }: Permute): Routine {
  const { floats, plan } = memory;
  const [locateA, locateC] = [locate(memory, a), locate(memory, c)];
  return (...step) => {
    const [from, to] = [locateA(...step), locateC(...step)];
    for (let r = 0; r < plan.shape.rows; r++) {
      index.forEach((i, j) => {
        floats[to + r * c.buffer.stride + j] = floats[from + r * a.buffer.stride + i];
      });
    }
  };
}
