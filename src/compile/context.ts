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
  bindWeight(context, name, weight, shardGradient && [{ firstRow: 0, shardGradient, column: 0 }]);
  return { weight, shardGradient };
}

/** Where a part of a weight's gradient is collected by each shard. */
type GradientPart = Omit<Reduction, "gradient">;

/** Names a weight and, with the shard gradients it is reduced from, its tight gradient. */
export function bindWeight(context: Context, name: string, weight: Buffer, parts?: readonly GradientPart[]): void {
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
  for (const part of parts) context.reductions.push({ gradient, ...part });
}

/** Matrices of one shape side by side: their packed forms, and the shard gradient of all when training. */
export interface MatrixGroup {
  readonly shape: GemmShape;
  readonly packed: Buffer;
  readonly packedTranspose?: Buffer;
  readonly shardGradient?: Buffer;
}

export interface MatrixRequest {
  readonly k: number;
  readonly n: number;
  /** Is the product with the transpose needed? */
  readonly adjoint: boolean;
  /** Blocks on the diagonal. Default 1: dense. */
  readonly blocks?: number;
}

/** Allocates weights `names` [k × n] each, to be multiplied as one matrix. */
export function matrixGroup(context: Context, names: readonly string[], request: MatrixRequest): MatrixGroup {
  return partedMatrixGroup(context, names, request, 1)[0];
}

/**
 * Allocates weights `names` [parts·k × n] each, whose parts of k rows are multiplied by vectors that lie apart: one group
 * of matrices for each part.
 */
export function partedMatrixGroup(
  context: Context,
  names: readonly string[],
  { k, n, adjoint, blocks = 1 }: MatrixRequest,
  parts: number,
): readonly MatrixGroup[] {
  const { allocator } = context;
  const { lanes } = allocator.target;
  const shape = gemmShape(allocator, { k, n, groups: names.length, blocks });
  const blockStride = roundUp(n / shape.blocks, lanes);
  const label = names.join("|");
  const gradients = isTraining(context)
    ? Array.from({ length: parts }, (_, p) =>
        allocator.allocate({
          name: `${label}.shardGradient${parts > 1 ? `[${p}]` : ""}`,
          scope: "shard",
          rows: k,
          width: shape.groups * blockStride,
        }),
      )
    : undefined;
  const inner = shape.inner > 1 ? { inner: { rows: n / blocks, count: shape.inner } } : {};
  const weights = names.map((name, g) => {
    const weight = allocator.allocate({ name, scope: "shared", rows: parts * k, width: n / blocks, padding: "tight" });
    const reduced = gradients?.map(
      (shardGradient, p): GradientPart => ({ firstRow: p * k, shardGradient, column: g * blockStride, ...inner }),
    );
    bindWeight(context, name, weight, reduced);
    return weight;
  });
  const pack = (transpose: boolean, p: number): Buffer => {
    const rows = transpose ? n * names.length : k;
    const width = transpose ? roundUp(k / shape.blocks, lanes) : shape.groups * blockStride;
    const name = `${label}.packed${transpose ? "Transpose" : ""}${parts > 1 ? `[${p}]` : ""}`;
    const packed = allocator.allocate({ name, scope: "shared", rows, width, padding: "tight" });
    const slices = weights.map((buffer) => ({ buffer, firstRow: p * k }));
    context.packs.push({ kind: "pack", packed, weights: slices, gemm: shape, transpose });
    return packed;
  };
  return Array.from({ length: parts }, (_, p) => {
    const packed = pack(false, p);
    const shardGradient = gradients?.[p];
    if (!shardGradient) return { shape, packed };
    return { shape, packed, shardGradient, ...(adjoint ? { packedTranspose: pack(true, p) } : {}) };
  });
}

/** Narrow blocks are gathered to as many as make whole vectors; where no number of them does, to one dense matrix. */
function gemmShape(
  { target }: Allocator,
  { k, n, groups, blocks }: { k: number; n: number; groups: number; blocks: number },
): GemmShape {
  const whole = (inner: number) =>
    blocks % inner === 0 && ((inner * n) / blocks) % target.lanes === 0 && ((inner * k) / blocks) % target.lanes === 0;
  let inner = 1;
  while (inner < blocks && !whole(inner)) inner++;
  return { k, n, groups, groupStride: roundUp(n, target.lanes), blocks: blocks / inner, inner };
}

/** The sum of a leaf's adjoint over rows, into its shard gradient at `column`. */
export const sumInto =
  (shardGradient: Buffer, column = 0) =>
  (value: Real): Output => ({ kind: "sum", value, ref: ref(shardGradient, column) });
