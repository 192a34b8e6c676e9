import { describe, expect, it } from "vitest";
import { type Allocator, ref, roundUp } from "../../compile/allocator.ts";
import type { GemmShape, PlanShape } from "../../plan/plan.ts";
import { type Draw, largestDifference, runSketch } from "../../testing/plan-sketch.ts";
import { referenceBackend } from "../reference/reference.ts";
import { wasmBackend } from "./wasm.ts";

const length = 5;

const sizes = [
  { rows: 1, k: 1, n: 1, groups: 1 },
  { rows: 1, k: 17, n: 68, groups: 1 },
  { rows: 2, k: 33, n: 20, groups: 1 },
  { rows: 3, k: 5, n: 5, groups: 4 },
  { rows: 10, k: 17, n: 5, groups: 1 },
  { rows: 10, k: 190, n: 30, groups: 1 },
  { rows: 13, k: 5, n: 68, groups: 4 },
  { rows: 13, k: 17, n: 1, groups: 2 },
  { rows: 6, k: 1, n: 17, groups: 3 },
  { rows: 7, k: 68, n: 68, groups: 3 },
  { rows: 70, k: 9, n: 12, groups: 1 },
];

describe.each(sizes)("$rows rows, $groups matrices $k × $n", ({ rows, k, n, groups }) => {
  const shape: PlanShape = { length, batch: 2 * rows, rows, shards: 2, chunk: 2, segment: length, mode: "train" };

  const parts = (allocator: Allocator) => {
    const gemm: GemmShape = { k, n, groups, groupStride: roundUp(n, allocator.target.lanes), blocks: 1, inner: 1 };
    const width = groups * gemm.groupStride;
    const sequence = { scope: "shard", rows, time: "sequence", times: length + 1 } as const;
    return {
      gemm,
      width,
      narrow: allocator.allocate({ ...sequence, name: "narrow", width: k }),
      wide: allocator.allocate({ ...sequence, name: "wide", width }),
      weights: Array.from({ length: groups }, (_, g) =>
        allocator.allocate({ name: `W${g}`, scope: "shared", rows: k, width: n, padding: "tight" }),
      ),
    };
  };

  const agree = (draw: Draw) => {
    const { error, buffer } = largestDifference(
      runSketch(wasmBackend(), shape, draw),
      runSketch(referenceBackend(), shape, draw),
    );
    expect(error, buffer).toBeLessThan(2e-6);
  };

  it.each(["step", "chunk"] as const)("products over a %s agree", (over) => {
    agree((allocator) => {
      const { gemm, width, narrow, wide, weights } = parts(allocator);
      const packed = allocator.allocate({ name: "packed", scope: "shared", rows: k, width, padding: "tight" });
      const product = { kind: "gemm", over, packed, shape: gemm, transpose: false } as const;
      const list = [{ ...product, a: ref(narrow, 0, 1), c: ref(wide) }];
      return {
        pack: [
          { kind: "pack", packed, weights: weights.map((buffer) => ({ buffer, firstRow: 0 })), gemm, transpose: false },
        ],
        layer: over === "step" ? { step: list } : { project: list },
        grouped: new Map([[wide, gemm]]),
      };
    });
  });

  it.each(["step", "chunk"] as const)("adjoint products over a %s agree", (over) => {
    agree((allocator) => {
      const { gemm, narrow, wide, weights } = parts(allocator);
      const columns = roundUp(k, allocator.target.lanes);
      const rest = { scope: "shared", rows: n * groups, width: columns, padding: "tight" } as const;
      const packed = allocator.allocate({ name: "packedTranspose", ...rest });
      const product = { kind: "gemm", over, packed, shape: gemm, transpose: true } as const;
      const list = [{ ...product, a: ref(wide), c: ref(narrow, 0, 1) }];
      return {
        pack: [
          { kind: "pack", packed, weights: weights.map((buffer) => ({ buffer, firstRow: 0 })), gemm, transpose: true },
        ],
        layer: over === "step" ? { stepAdjoint: list } : { projectAdjoint: list },
        grouped: new Map([[wide, gemm]]),
      };
    });
  });

  it.each(["step", "chunk"] as const)("outer products over a %s, and their sums over shards, agree", (over) => {
    agree((allocator) => {
      const { gemm, width, narrow, wide, weights } = parts(allocator);
      const shardGradient = allocator.allocate({ name: "shardGradient", scope: "shard", rows: k, width });
      const list = [
        { kind: "outer", over, a: ref(narrow, 0, 1), b: ref(wide), gradient: shardGradient, shape: gemm } as const,
      ];
      const reductions = weights.map((_, g) => ({
        gradient: allocator.allocate({ name: `gradient${g}`, scope: "shared", rows: k, width: n, padding: "tight" }),
        firstRow: 0,
        shardGradient,
        column: g * gemm.groupStride,
      }));
      return {
        reductions,
        layer: over === "step" ? { stepAdjoint: list } : { projectAdjoint: list },
        grouped: new Map([wide, shardGradient].map((buffer) => [buffer, gemm])),
      };
    });
  });
});
