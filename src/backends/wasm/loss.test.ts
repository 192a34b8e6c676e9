import { describe, expect, it } from "vitest";
import { type Allocator, ref } from "../../compile/allocator.ts";
import type { Loss, PlanShape } from "../../plan/plan.ts";
import { type Contents, largestDifference, runSketch, type SketchRun } from "../../testing/plan-sketch.ts";
import { referenceBackend } from "../reference/reference.ts";
import { wasmBackend } from "./wasm.ts";

interface Case {
  readonly loss: Loss["loss"];
  readonly size: number;
  readonly rows: number;
  readonly at: "every-step" | "last-step";
  readonly hasAdjoint: boolean;
}

const length = 5;
const shapeOf = (rows: number): PlanShape => {
  return { length, batch: 2 * rows, rows, shards: 2, chunk: 2, segment: length, mode: "train" };
};

function draw({ loss, size, rows, at, hasAdjoint }: Case) {
  return (allocator: Allocator) => {
    const steps = at === "every-step" ? ({ time: "sequence", times: length } as const) : {};
    const perRow = { scope: "shard", rows, ...steps } as const;
    const target =
      loss === "cross-entropy"
        ? allocator.allocate({ ...perRow, name: "classes", width: 1, element: "int32", padding: "tight" })
        : allocator.allocate({ ...perRow, name: "targets", width: size, padding: "tight" });
    const instruction: Loss = {
      ...{ kind: "loss", over: at === "every-step" ? "chunk" : "step", loss, size, target: ref(target) },
      output: ref(allocator.allocate({ ...perRow, name: "output", width: size })),
      weight: ref(allocator.allocate({ ...perRow, name: "weight", width: 1, padding: "tight" })),
      sums: allocator.allocate({
        name: "sums",
        scope: "shard",
        rows: 1,
        width: 3,
        element: "float64",
        padding: "tight",
      }),
      scale: allocator.allocate({ name: "scale", scope: "shared", rows: 1, width: 1, padding: "tight" }),
      ...(hasAdjoint && { adjoint: ref(allocator.allocate({ ...perRow, name: "adjoint", width: size })) }),
    };
    return { head: { at, forward: [], loss: instruction, adjoint: [] } };
  };
}

/** Weights of 0 now and then, classes that exist, outputs of some size. */
const start =
  (size: number): NonNullable<SketchRun["start"]> =>
  (name, i) => {
    if (name === "weight") return [1, 0, 0.5, 2][i % 4];
    if (name === "classes") return (i * 7) % size;
    return name === "output" ? Math.fround(8 * Math.sin(i * 12.9898)) : undefined;
  };

const cases = (["cross-entropy", "mean-squared-error"] as const).flatMap((loss) =>
  [1, 2, 4, 5, 10, 67].flatMap((size) =>
    [1, 3, 10].flatMap((rows) =>
      (["every-step", "last-step"] as const).map((at) => ({ loss, size, rows, at, hasAdjoint: size !== 4 })),
    ),
  ),
);

describe("losses", () => {
  it.each(cases)("$loss of $size, $rows rows, $at", (request) => {
    const run = { start: start(request.size) };
    const shape = shapeOf(request.rows);
    const expected = runSketch(referenceBackend(), shape, draw(request), run);
    const { error, buffer } = largestDifference(runSketch(wasmBackend(), shape, draw(request), run), expected);
    expect(error, buffer).toBeLessThan(1e-6);
  });

  const small: Case = { loss: "cross-entropy", size: 3, rows: 2, at: "last-step", hasAdjoint: true };
  const sumsOf = (contents: Contents) => contents.get("sums")?.[0];
  const runWith = (values: Record<string, readonly number[]>) =>
    runSketch(wasmBackend(), shapeOf(2), draw(small), { start: (name, i) => values[name]?.[i] });

  it("does not look at rows of weight 0", () => {
    const contents = runWith({
      weight: [0, 1],
      classes: [99, 1],
      output: [Number.NaN, Number.NaN, Number.NaN, 0, 0, 0],
      scale: [1],
    });
    expect(sumsOf(contents)?.[0]).toBeCloseTo(Math.log(3), 7);
    expect(contents.get("adjoint")?.[0].slice(0, 3)).toEqual([0, 0, 0]);
  });

  it("is NaN for a class that does not exist, and for NaN outputs", () => {
    expect(sumsOf(runWith({ weight: [1, 1], classes: [0, 3] }))?.[0]).toBeNaN();
    expect(sumsOf(runWith({ weight: [1, 1], classes: [0, 1], output: [Number.NaN, 0, 0, 0, 0, 0] }))?.[0]).toBeNaN();
  });

  it("counts only the first of equal largest outputs as the answer", () => {
    const output = [1, 1, 0, 1, 1, 0];
    expect(sumsOf(runWith({ weight: [1, 1], classes: [0, 1], output }))?.[1]).toBe(1);
  });

  it("stays finite for outputs far apart", () => {
    const contents = runWith({ weight: [1, 1], classes: [0, 2], output: [500, -500, 0, 500, -500, 0], scale: [1] });
    expect(sumsOf(contents)?.[0]).toBeCloseTo(500, 3);
    expect(contents.get("adjoint")?.[0].map((a) => Math.round(a * 1e6) / 1e6 + 0)).toEqual([0, 0, 0, 1, 0, -1]);
  });
});
