import type { Real } from "../expr/node.ts";
import type { Access, Buffer, GemmShape, Instruction, Output, Pack, PlanShape, Reduction } from "../plan/plan.ts";
import { type Allocator, ref, roundUp } from "./allocator.ts";

/** A weight as kernels read it, [rows × width], and its gradient (tight); the names users see. */
export interface WeightBinding {
  readonly name: string;
  readonly weight: Buffer;
  readonly gradient?: Buffer;
}

/** What the parts of a model add to while they are compiled. */
export interface Context {
  readonly allocator: Allocator;
  readonly shape: PlanShape;
  readonly weights: WeightBinding[];
  readonly packs: Pack[];
  readonly reductions: Reduction[];
  readonly begin: Instruction[];
  readonly end: Instruction[];
}

/** A leaf of the equations: how kernels load it, and where its adjoint goes. */
export interface LeafBinding {
  readonly leaf: Real;
  readonly access: Access;
  readonly adjoint?: (value: Real) => Output;
}

export const isTraining = (context: Context): boolean => context.shape.mode === "train";

/** A weight [rows × width] that elementwise kernels read row by row, with its shard gradient when training. */
export function vectorWeight(context: Context, name: string, rows: number, width: number) {
  const { allocator } = context;
  const weight = allocator.allocate({ name, scope: "shared", rows, width });
  const shardGradient = isTraining(context)
    ? allocator.allocate({ name: `${name}.shardGradient`, scope: "shard", rows, width })
    : undefined;
  bindWeight(context, name, weight, shardGradient && [{ shardGradient, column: 0 }]);
  return { weight, shardGradient };
}

/** Names a weight and, with the shard gradients it is reduced from, its tight gradient. */
export function bindWeight(
  context: Context,
  name: string,
  weight: Buffer,
  parts?: readonly { shardGradient: Buffer; column: number }[],
): void {
  if (!parts) {
    context.weights.push({ name, weight });
    return;
  }
  const { rows, width } = weight;
  const gradient = context.allocator.allocate({
    name: `${name}.gradient`,
    scope: "shared",
    rows,
    width,
    padding: "tight",
  });
  context.weights.push({ name, weight, gradient });
  for (const part of parts) context.reductions.push({ gradient, firstRow: 0, ...part });
}

/** Matrices of one shape side by side: their packed forms, and the shard gradient of all when training. */
export interface MatrixGroup {
  readonly shape: GemmShape;
  readonly packed: Buffer;
  readonly packedTranspose?: Buffer;
  readonly shardGradient?: Buffer;
}

/** Allocates weights `names` [k × n] each, to be multiplied as one matrix. */
export function matrixGroup(
  context: Context,
  names: readonly string[],
  { k, n, adjoint }: { k: number; n: number; adjoint: boolean },
): MatrixGroup {
  const { allocator } = context;
  const shape = gemmShape(allocator, k, n, names.length);
  const width = shape.groups * shape.groupStride;
  const label = names.join("|");
  const shardGradient = isTraining(context)
    ? allocator.allocate({ name: `${label}.shardGradient`, scope: "shard", rows: k, width })
    : undefined;
  const weights = names.map((name, g) => {
    const weight = allocator.allocate({ name, scope: "shared", rows: k, width: n, padding: "tight" });
    bindWeight(context, name, weight, shardGradient && [{ shardGradient, column: g * shape.groupStride }]);
    return weight;
  });
  const pack = (transpose: boolean): Buffer => {
    const [rows, columns] = transpose ? [n * names.length, roundUp(k, allocator.target.lanes)] : [k, width];
    const name = `${label}.packed${transpose ? "Transpose" : ""}`;
    const packed = allocator.allocate({ name, scope: "shared", rows, width: columns, padding: "tight" });
    const parts = weights.map((buffer) => ({ buffer, firstRow: 0 }));
    context.packs.push({ kind: "pack", packed, weights: parts, gemm: shape, transpose });
    return packed;
  };
  const packed = pack(false);
  if (!shardGradient) return { shape, packed };
  return { shape, packed, shardGradient, ...(adjoint ? { packedTranspose: pack(true) } : {}) };
}

export function gemmShape(allocator: Allocator, k: number, n: number, groups: number): GemmShape {
  return { k, n, groups, groupStride: roundUp(n, allocator.target.lanes), blocks: 1, inner: 1 };
}

/** The sum of a leaf's adjoint over rows, into its shard gradient at `column`. */
export const sumInto =
  (shardGradient: Buffer, column = 0) =>
  (value: Real): Output => ({ kind: "sum", value, ref: ref(shardGradient, column) });
