import { Allocator, ref } from "../compile/allocator.ts";
import type { Backend, Executable } from "../plan/backend.ts";
import type { Buffer, GemmShape, HeadProgram, LayerProgram, Loss, Plan, PlanShape, Target } from "../plan/plan.ts";
import { randomStream } from "../random/stream.ts";

/** What a test says about a plan; everything else is empty. */
export type Sketch = Partial<Pick<Plan, "pack" | "begin" | "end" | "states" | "reductions">> & {
  readonly layer?: Partial<LayerProgram>;
  readonly head?: HeadProgram;
  /** Buffers whose columns come in groups with gaps between them. */
  readonly grouped?: ReadonlyMap<Buffer, GemmShape>;
};

export type Draw = (allocator: Allocator) => Sketch;

/** Several sketches in one plan, which is compiled once; the names of their buffers must differ. */
export const together =
  (draws: readonly Draw[]): Draw =>
  (allocator) => {
    const sketches = draws.map((draw) => draw(allocator));
    const layer = (list: "project" | "step" | "stepAdjoint" | "projectAdjoint") =>
      sketches.flatMap((sketch) => sketch.layer?.[list] ?? []);
    return {
      pack: sketches.flatMap(({ pack = [] }) => pack),
      reductions: sketches.flatMap(({ reductions = [] }) => reductions),
      layer: {
        ...{ project: layer("project"), step: layer("step") },
        ...{ stepAdjoint: layer("stepAdjoint"), projectAdjoint: layer("projectAdjoint") },
      },
      grouped: new Map(sketches.flatMap(({ grouped = [] }) => [...grouped])),
    };
  };

export interface SketchRun {
  readonly threads?: number;
  /** What buffers start with instead of random numbers; undefined keeps those. */
  readonly start?: (name: string, index: number) => number | undefined;
}

/** Used elements of each copy of a buffer (the shards, or the one workspace looked at), by its name. */
export type Contents = ReadonlyMap<string, readonly (readonly number[])[]>;

/**
 * Runs one sketch on a backend and returns what all buffers hold then. Floats start as the same float32 numbers on every
 * backend, integers as 0 … 3, and whatever is not used of a row as NaN.
 */
export function runSketch(backend: Backend, shape: PlanShape, draw: Draw, run: SketchRun = {}): Contents {
  const { plan, grouped } = sketchPlan(shape, backend.target, draw);
  const executable = backend.compile(plan, { threads: run.threads ?? 1 });
  const packed = new Set(plan.pack.map((instruction) => instruction.packed));
  const buffers = plan.buffers.filter((buffer) => !packed.has(buffer));
  const copiesOf = ({ scope }: Buffer) => Array.from({ length: scope === "shard" ? shape.shards : 1 }, (_, i) => i);
  const used = new Map(buffers.map((buffer) => [buffer, usedIndices(buffer, grouped?.get(buffer))]));
  for (const [buffer, indices] of used) {
    for (const copy of copiesOf(buffer)) {
      const random = randomStream(7, buffer.name, copy);
      const all = elements(executable, buffer, copy);
      if (buffer.element === "float") all.fill(Number.NaN);
      indices.forEach((at, i) => {
        const drawn = buffer.element === "float" ? Math.fround(random.uniform(-1, 1)) : random.integer(4);
        all[at] = run.start?.(buffer.name, i) ?? drawn;
      });
    }
  }
  executable.pack();
  executable.run();
  const contents = [...used].map(([buffer, indices]) => {
    const copies = copiesOf(buffer).map((copy) => {
      const all = elements(executable, buffer, copy);
      return indices.map((at) => all[at]);
    });
    return [buffer.name, copies] as const;
  });
  executable.dispose();
  return new Map(contents);
}

/** Largest difference from `expected` in units of each buffer's largest number, and where it is; a NaN is infinitely far. */
export function largestDifference(actual: Contents, expected: Contents): { error: number; buffer: string } {
  let worst = { error: 0, buffer: "" };
  for (const [buffer, copies] of expected) {
    copies.forEach((values, copy) => {
      const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
      values.forEach((value, i) => {
        const difference = Math.abs(value - (actual.get(buffer)?.[copy][i] ?? Number.NaN)) / scale;
        const error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
        if (error > worst.error) worst = { error, buffer };
      });
    });
  }
  return worst;
}

/** The plan of a sketch for one target. */
export function sketchPlan(shape: PlanShape, target: Target, draw: Draw) {
  const allocator = new Allocator(target);
  const { layer, head, grouped, ...parts } = draw(allocator);
  const plan: Plan = {
    ...{ pack: [], begin: [], end: [], states: [], reductions: [] },
    ...parts,
    ...{ shape, target, head: head ?? emptyHead(allocator, shape.rows) },
    layers: [{ name: "sketch", project: [], step: [], stepAdjoint: [], projectAdjoint: [], ...layer }],
    buffers: allocator.buffers,
    layout: allocator.layout,
  };
  return { plan, grouped };
}

function emptyHead(allocator: Allocator, rows: number): HeadProgram {
  const perRow = (name: string, element: Buffer["element"]) =>
    ref(allocator.allocate({ name, scope: "shard", rows, width: 1, element }));
  const loss: Loss = {
    ...({ kind: "loss", over: "step", loss: "mean-squared-error", size: 1 } as const),
    output: perRow("unused.output", "float"),
    target: perRow("unused.target", "float"),
    weight: perRow("unused.weight", "float"),
    sums: allocator.allocate({ name: "unused.sums", scope: "shard", rows: 1, width: 3, element: "float64" }),
    scale: allocator.allocate({ name: "unused.scale", scope: "shared", rows: 1, width: 1 }),
  };
  return { at: "last-step", forward: [], loss, adjoint: [] };
}

function elements(executable: Executable, buffer: Buffer, copy: number) {
  if (buffer.element === "int32") return executable.integers(buffer, copy);
  return buffer.element === "float64" ? executable.doubles(buffer, copy) : executable.floats(buffer, copy);
}

function usedIndices({ times, rows, width, stride }: Buffer, group?: GemmShape): number[] {
  const isUsed = (j: number) => group === undefined || j % group.groupStride < group.n;
  const columns = Array.from({ length: width }, (_, j) => j).filter(isUsed);
  return Array.from({ length: times * rows }, (_, row) => columns.map((j) => row * stride + j)).flat();
}
