import { BackendError } from "../../errors.ts";
import type { Buffer, Gemm, Loss, OuterProduct, Ref } from "../../plan/plan.ts";
import {
  type Arena,
  entryBytes,
  parameter,
  pushBuffer,
  pushEntry,
  pushRef,
  requireWholeVectors,
  rowBytes,
} from "./arena.ts";
import type { Code } from "./code.ts";
import { forSteps } from "./emit-loops.ts";
import type { ModuleBuilder } from "./module.ts";

export function emitGemm(code: Code, module: ModuleBuilder, arena: Arena, instruction: Gemm): void {
  const { a, packed, shape, transpose, c, accumulate = false } = instruction;
  const { groups, groupStride, blocks } = shape;
  const [k, n] = [shape.k / blocks, shape.n / blocks];
  requireWholeVectors(c);
  const product = (group: number, columns: number, depth: number, segments: number, steps: readonly number[]): void =>
    forRows(code, arena, [a, c], (step, pushRows) => {
      pushRef(code, arena, { ...c, column: c.column + group * groupStride }, step);
      code.i32(rowBytes(c.buffer));
      pushRef(code, arena, a, step);
      code.i32(rowBytes(a.buffer));
      pushBuffer(code, arena, packed);
      code.i32(group * k * n * blocks * 4).op("i32Add");
      pushRows();
      code.i32(columns).i32(depth).i32(segments);
      code
        .i32(groupStride * 4)
        .i32(accumulate ? 1 : 0)
        .i32(blocks);
      for (const elements of steps) code.i32(elements * 4);
      code.call(module.imported("gemm"));
    });
  if (transpose) product(0, roundUp(k), n, groups, [n, k]);
  else if (blocks === 1) product(0, groups * groupStride, k, 1, [0, 0]);
  else for (let group = 0; group < groups; group++) product(group, n, k, 1, [k, n]);
}

export function emitOuter(code: Code, module: ModuleBuilder, arena: Arena, instruction: OuterProduct): void {
  const { a, b, gradient, shape } = instruction;
  const { groups, groupStride, blocks } = shape;
  // Without blocks the groups lie side by side in b as in the gradient.
  const [columns, runs] = blocks === 1 ? [groups * groupStride, 1] : [shape.n / blocks, groups];
  requireWholeVectors(b);
  requireWholeVectors({ buffer: gradient, shift: 0, column: 0 });
  forRows(code, arena, [a, b], (step, pushRows) => {
    pushEntry(code, arena, gradient, step);
    code.i32(rowBytes(gradient));
    pushRef(code, arena, a, step);
    code.i32(rowBytes(a.buffer));
    pushRef(code, arena, b, step);
    code.i32(rowBytes(b.buffer));
    pushRows();
    code
      .i32(shape.k / blocks)
      .i32(columns)
      .i32(runs);
    code.i32(groupStride * 4).i32(blocks);
    code.i32(arena.scratch).get(parameter.thread).i32(arena.scratchBytes).op("i32Mul").op("i32Add");
    code.call(module.imported("outer"));
  });
}

export function emitLoss(code: Code, module: ModuleBuilder, arena: Arena, instruction: Loss): void {
  const { loss, size, output, target, weight, sums, scale, adjoint } = instruction;
  const step = code.local("i32");
  const pushPlace = (ref: Ref) => {
    pushRef(code, arena, ref, step);
    code.i32(rowBytes(ref.buffer));
  };
  forSteps(code, step, "ascending", () => {
    pushPlace(output);
    pushPlace(target);
    pushPlace(weight);
    pushEntry(code, arena, sums, step);
    pushBuffer(code, arena, scale);
    code.f32Load();
    if (adjoint) pushPlace(adjoint);
    else code.i32(0).i32(0);
    code.i32(arena.plan.shape.rows).i32(size);
    code.call(module.imported(loss === "cross-entropy" ? "crossEntropy" : "squaredError"));
  });
}

/**
 * All steps at once, since the rows of consecutive steps are contiguous; or step by step where one of the buffers does not
 * move with time.
 */
function forRows(
  code: Code,
  arena: Arena,
  refs: readonly Ref[],
  body: (step: number, pushRows: () => void) => void,
): void {
  const { rows } = arena.plan.shape;
  for (const { buffer } of refs) requireRows(buffer, rows);
  if (refs.every(({ buffer }) => buffer.time !== "once")) {
    body(parameter.first, () => {
      code.get(parameter.end).get(parameter.first).op("i32Sub").i32(rows).op("i32Mul");
    });
    return;
  }
  const step = code.local("i32");
  forSteps(code, step, "ascending", () => body(step, () => code.i32(rows)));
}

function requireRows(buffer: Buffer, rows: number): void {
  if (entryBytes(buffer) === rows * rowBytes(buffer)) return;
  throw new BackendError(`wasm: ${buffer.name} has ${buffer.rows} rows in a matrix product over shards of ${rows}.`);
}

const roundUp = (columns: number): number => Math.ceil(columns / 4) * 4;
