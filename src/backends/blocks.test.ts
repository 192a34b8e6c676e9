import { describe, expect, it } from "vitest";
import { type Allocator, ref, roundUp } from "../compile/allocator.ts";
import type { Backend } from "../plan/backend.ts";
import type { GemmShape, PlanShape } from "../plan/plan.ts";
import { type Draw, largestDifference, runSketch, together } from "../testing/plan-sketch.ts";
import { nativeBackend } from "./native/native.ts";
import { findToolchain } from "./native/toolchain.ts";
import { referenceBackend } from "./reference/reference.ts";
import { wasmBackend } from "./wasm/wasm.ts";

const backends: [string, () => Backend, boolean][] = [
  ["wasm", wasmBackend, true],
  ["native", nativeBackend, findToolchain() !== undefined],
];

const length = 3;
const shapeOf = (rows: number): PlanShape => ({
  ...{ length, batch: 2 * rows, rows, shards: 2, chunk: 2, segment: length, mode: "train" },
});

interface Case {
  readonly rows: number;
  readonly k: number;
  readonly n: number;
  readonly groups: number;
  readonly blocks: number;
  readonly inner: number;
}

/** Sizes of blocks are whole vectors of up to 16 floats. */
const cases: Case[] = [
  { rows: 3, k: 5, n: 7, groups: 2, blocks: 1, inner: 1 },
  { rows: 1, k: 32, n: 32, groups: 1, blocks: 2, inner: 1 },
  { rows: 10, k: 64, n: 128, groups: 1, blocks: 4, inner: 2 },
  { rows: 13, k: 128, n: 64, groups: 3, blocks: 4, inner: 4 },
  { rows: 6, k: 16, n: 16, groups: 4, blocks: 1, inner: 4 },
  { rows: 2, k: 12, n: 20, groups: 2, blocks: 1, inner: 2 },
  { rows: 17, k: 96, n: 160, groups: 2, blocks: 2, inner: 2 },
  { rows: 10, k: 256, n: 256, groups: 4, blocks: 16, inner: 4 },
];

/** Operands, weights in one buffer of groups·k rows, and the shape for the allocator's target. Names begin with `label`. */
function parts(allocator: Allocator, { rows, k, n, groups, blocks, inner }: Case, label: string) {
  const { lanes } = allocator.target;
  const shape: GemmShape = { k, n, groups, groupStride: roundUp(n, lanes), blocks, inner };
  const sequence = { scope: "shard", rows, time: "sequence", times: length + 1 } as const;
  const blockStride = roundUp(n / blocks, lanes);
  const stored = { rows: groups * k, width: n / (blocks * inner), padding: "tight" } as const;
  return {
    shape,
    blockStride,
    stored,
    narrow: allocator.allocate({ ...sequence, name: `${label}narrow`, width: k }),
    wide: allocator.allocate({ ...sequence, name: `${label}wide`, width: groups * shape.groupStride }),
    weights: allocator.allocate({ name: `${label}W`, scope: "shared", ...stored }),
  };
}

const product =
  (given: Case, transpose: boolean, over: "step" | "chunk", accumulate: boolean, label = ""): Draw =>
  (allocator) => {
    const { k, n, groups, blocks } = given;
    const { shape, blockStride, narrow, wide, weights } = parts(allocator, given, label);
    const size = transpose
      ? { rows: groups * n, width: roundUp(k / blocks, allocator.target.lanes) }
      : { rows: k, width: groups * blockStride };
    const packed = allocator.allocate({ name: `${label}packed`, scope: "shared", ...size, padding: "tight" });
    const [a, c] = transpose ? [ref(wide), ref(narrow, 0, 1)] : [ref(narrow, 0, 1), ref(wide)];
    const list = [{ kind: "gemm", over, a, c, packed, shape, transpose, ...(accumulate && { accumulate }) } as const];
    const groupWeights = Array.from({ length: groups }, (_, g) => ({ buffer: weights, firstRow: g * k }));
    return {
      pack: [{ kind: "pack", packed, weights: groupWeights, gemm: shape, transpose }],
      layer: over === "step" ? { step: list } : { project: list },
      grouped: new Map([[wide, shape]]),
    };
  };

const outer =
  (given: Case, over: "step" | "chunk", label = ""): Draw =>
  (allocator) => {
    const { k, n, groups, blocks, inner } = given;
    const { shape, blockStride, stored, narrow, wide } = parts(allocator, given, label);
    const width = groups * blockStride;
    const shardGradient = allocator.allocate({ name: `${label}shardGradient`, scope: "shard", rows: k, width });
    const gradient = allocator.allocate({ name: `${label}gradient`, scope: "shared", ...stored });
    const list = [{ kind: "outer", over, a: ref(narrow, 0, 1), b: ref(wide), gradient: shardGradient, shape } as const];
    const block = { ...shape, n: n / blocks, groupStride: blockStride };
    return {
      layer: over === "step" ? { stepAdjoint: list } : { projectAdjoint: list },
      reductions: Array.from({ length: groups }, (_, g) => ({
        ...{ gradient, firstRow: g * k, shardGradient, column: g * blockStride },
        ...(inner > 1 && { inner: { rows: k / (blocks * inner), count: inner } }),
      })),
      grouped: new Map([
        [wide, shape],
        [shardGradient, block],
      ]),
    };
  };

const permutation =
  (n: number, rows: number): Draw =>
  (allocator) => {
    const sequence = { scope: "shard", rows, time: "sequence", times: length + 1, width: n } as const;
    const [a, c] = ["a", "c"].map((name) => allocator.allocate({ name, ...sequence }));
    const index = Int32Array.from({ length: n - 1 }, (_, j) => (7 * j + 3) % n);
    return { layer: { step: [{ kind: "permute", over: "step", a: ref(a, 0, 1), c: ref(c), index }] } };
  };

const label = "$rows rows, $groups × [$k × $n] in $blocks × $inner blocks";

describe.each(cases)(`reference: ${label}`, (given) => {
  const { rows, k, n, groups, blocks, inner } = given;
  const column = (g: number, j: number) => g * n + j;

  /** Block-diagonal matrix of group g as a whole, from its stored rows. */
  const dense = (stored: readonly number[], g: number, i: number, j: number) => {
    const [height, width] = [k / (blocks * inner), n / (blocks * inner)];
    return Math.floor(i / height) === Math.floor(j / width) ? stored[(g * k + i) * width + (j % width)] : 0;
  };
  const values = (draw: Draw) => {
    const contents = runSketch(referenceBackend(), shapeOf(rows), draw);
    return (name: string) => contents.get(name)?.[0] ?? [];
  };

  it("products are those with the whole matrix", () => {
    const after = values(product(given, false, "step", false));
    const [narrow, wide, weights] = ["narrow", "wide", "W"].map(after);
    for (let row = 0; row < rows * length; row++) {
      for (let g = 0; g < groups; g++) {
        for (let j = 0; j < n; j += 5) {
          let sum = 0;
          for (let i = 0; i < k; i++) sum += narrow[(row + rows) * k + i] * dense(weights, g, i, j);
          expect(wide[row * groups * n + column(g, j)]).toBeCloseTo(sum, 12);
        }
      }
    }
  });

  it("adjoint products are those with the whole matrix, added where asked", () => {
    const start = values(product(given, false, "step", false))("narrow");
    const after = values(product(given, true, "chunk", true));
    const [narrow, wide, weights] = ["narrow", "wide", "W"].map(after);
    for (let row = 0; row < rows * length; row++) {
      for (let i = 0; i < k; i += 5) {
        let sum = start[(row + rows) * k + i];
        for (let g = 0; g < groups; g++) {
          for (let j = 0; j < n; j++) sum += wide[row * groups * n + column(g, j)] * dense(weights, g, i, j);
        }
        expect(narrow[(row + rows) * k + i]).toBeCloseTo(sum, 12);
      }
    }
  });

  it("gradients are the stored entries of Σ aᵀb over rows, steps and shards", () => {
    const contents = runSketch(referenceBackend(), shapeOf(rows), outer(given, "chunk"));
    const gradient = contents.get("gradient")?.[0] ?? [];
    const [height, width] = [k / (blocks * inner), n / (blocks * inner)];
    for (let g = 0; g < groups; g++) {
      for (let i = 0; i < k; i += 3) {
        for (let j = 0; j < width; j++) {
          let sum = 0;
          for (const shard of [0, 1]) {
            const [narrow, wide] = ["narrow", "wide"].map((name) => contents.get(name)?.[shard] ?? []);
            for (let row = 0; row < rows * length; row++) {
              const at = row * groups * n + column(g, Math.floor(i / height) * width + j);
              sum += narrow[(row + rows) * k + i] * wide[at];
            }
          }
          expect(gradient[(g * k + i) * width + j]).toBeCloseTo(sum, 12);
        }
      }
    }
  });
});

it("reference: a permutation takes c[j] from a[index[j]]", () => {
  const contents = runSketch(referenceBackend(), shapeOf(2), permutation(5, 2));
  const [a, c] = [contents.get("a")?.[0] ?? [], contents.get("c")?.[0] ?? []];
  const row = a.slice(2 * 5, 3 * 5);
  expect(c.slice(0, 4)).toEqual([row[3], row[0], row[2], row[4]]);
});

describe.each(backends)("%s", (_, create, isAvailable) => {
  if (!isAvailable) {
    it.skip("skipped: no C compiler", () => {});
    return;
  }
  const backend = create();
  const agrees = (rows: number, draw: Draw) => {
    const expected = runSketch(referenceBackend(), shapeOf(rows), draw);
    for (const threads of [1, 2]) {
      const actual = runSketch(backend, shapeOf(rows), draw, { threads });
      const { error, buffer } = largestDifference(actual, expected);
      expect(error, buffer).toBeLessThan(2e-6);
    }
  };

  describe.each(cases)(label, (given) => {
    it("products, their adjoints and outer products agree", () => {
      const overs = ["step", "chunk"] as const;
      const products = [false, true].flatMap((transpose) =>
        [false, true].flatMap((accumulate) =>
          overs.map((over) => product(given, transpose, over, accumulate, `${transpose} ${accumulate} ${over} `)),
        ),
      );
      agrees(given.rows, together([...products, ...overs.map((over) => outer(given, over, `${over} `))]));
    });
  });

  it.each([1, 3, 10, 17])("permutations of %i rows agree", (rows) => {
    agrees(rows, permutation(37, rows));
  });
});
