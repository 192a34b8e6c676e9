import type { Real } from "../expr/node.ts";

/**
 * What the compiler produces and every backend executes: buffers laid out before training starts, and short lists of
 * coarse kernels over them. A backend needs to know nothing about cells, maps or tasks.
 *
 * Time is cut into *chunks* of a few steps (the unit that stays in cache: projections before it, weight gradients after
 * it) and, with checkpointing, into *segments* of chunks (between two segments only the states are kept). The batch is
 * cut into *shards* of `rows` rows, run independently; a thread works in one *workspace* at a time.
 */
export interface Plan {
  readonly shape: PlanShape;
  readonly target: Target;
  readonly buffers: readonly Buffer[];
  readonly layout: Layout;
  /** Once per parameter update. */
  readonly pack: readonly Pack[];
  /** Per shard, before the first step: initial states into the state sequences, zero adjoints. */
  readonly begin: readonly Instruction[];
  readonly layers: readonly LayerProgram[];
  readonly head: HeadProgram;
  /** Per shard, after the last step backwards: gradients of initial states. */
  readonly end: readonly Instruction[];
  /** State sequences (per layer and state): what a segment boundary keeps, and what `stateIn`/`stateOut` carry. */
  readonly states: readonly StateBuffers[];
  /** Gradient buffers of a shard (`shardGradient`) summed into the tight `gradient` buffer after all shards ran. */
  readonly reductions: readonly Reduction[];
}

/** What the machine code will look like: elements per vector and their type. */
export interface Target {
  readonly element: "float32" | "float64";
  /** Elements per vector register; widths are rounded up to it. 1 means no padding. */
  readonly lanes: number;
}

export interface PlanShape {
  readonly length: number;
  readonly batch: number;
  readonly rows: number;
  readonly shards: number;
  /** Steps per chunk; the last chunk of a sequence may be shorter. */
  readonly chunk: number;
  /** Steps per segment, a multiple of `chunk` or equal to `length`. */
  readonly segment: number;
  /** "train" runs everything; "infer" runs forward only and keeps nothing but the head's outputs and the final states. */
  readonly mode: "train" | "infer";
}

/**
 * A dense array [times × rows × stride] of elements (or int32). How `times` is indexed at step t:
 * `once` 0; `sequence` t; `segment` t − segmentStart; `chunk` t − chunkStart. A reference may add a shift of one step.
 */
export interface Buffer {
  readonly id: number;
  readonly name: string;
  readonly element: "float" | "int32" | "float64";
  readonly time: "once" | "sequence" | "segment" | "chunk";
  readonly times: number;
  readonly rows: number;
  /** Used elements of a row. */
  readonly width: number;
  /** Elements from one row to the next, ≥ width rounded up to the target's lanes. */
  readonly stride: number;
  /** One copy in all, one per shard, or one per thread. */
  readonly scope: "shared" | "shard" | "workspace";
  /** Bytes from the start of its scope. */
  readonly offset: number;
}

/** Bytes of the arena: shared part, then `shards` shard parts, then one workspace per thread, each 64-byte aligned. */
export interface Layout {
  readonly shared: number;
  readonly shard: number;
  readonly workspace: number;
}

/** A place in a buffer: row 0 at the step's time index plus `shift`, starting at element `column`. */
export interface Ref {
  readonly buffer: Buffer;
  readonly shift: 0 | 1;
  readonly column: number;
}

export interface StateBuffers {
  readonly name: string;
  readonly layer: number;
  /** [segment + 1 or chunk + 1]: entry 0 is the state before the segment (in "infer": before the chunk). */
  readonly sequence: Buffer;
  readonly stateIn: Buffer;
  readonly stateOut: Buffer;
  /** [segments] states at segment starts; present when checkpointing. */
  readonly checkpoints?: Buffer;
}

export interface LayerProgram {
  readonly name: string;
  /** Over a chunk, before its steps forward. */
  readonly project: readonly Instruction[];
  /** For each step forward. */
  readonly step: readonly Instruction[];
  /** For each step backward. Empty when inferring. */
  readonly stepAdjoint: readonly Instruction[];
  /** Over a chunk, after its steps backward: weight gradients, adjoints of the layer's input. */
  readonly projectAdjoint: readonly Instruction[];
}

/** `every-step`: forward, loss and adjoint run over each chunk before its backward steps; `last-step`: once, at the end. */
export interface HeadProgram {
  readonly at: "every-step" | "last-step";
  readonly forward: readonly Instruction[];
  readonly loss: Loss;
  /** Empty when inferring. */
  readonly adjoint: readonly Instruction[];
}

export type Instruction = Gemm | OuterProduct | Elementwise | Loss;

/** packed ← weight, in the backend's own panel order. `groups` matrices side by side (see `Gemm`). */
export interface Pack {
  readonly kind: "pack";
  readonly packed: Buffer;
  /** Tight row-major matrices [k × n] in `gemm.groups` column groups; with `transpose` the adjoint product's operand. */
  readonly weights: readonly Buffer[];
  readonly gemm: GemmShape;
  readonly transpose: boolean;
}

/**
 * Forward (`transpose` false): a [rows × k], weights [k × n] per group, result group g at columns g·groupStride.
 * Adjoint: a holds `groups` groups of n columns at g·groupStride, the result [rows × k] sums over all of them.
 */
export interface GemmShape {
  readonly k: number;
  readonly n: number;
  readonly groups: number;
  /** n rounded up to the target's lanes. */
  readonly groupStride: number;
}

/** c ← a · packed, for the rows of one step, or of every step of the chunk. */
export interface Gemm {
  readonly kind: "gemm";
  readonly over: "step" | "chunk";
  readonly a: Ref;
  readonly packed: Buffer;
  readonly shape: GemmShape;
  readonly transpose: boolean;
  readonly c: Ref;
}

/** gradient[i, j] += Σ over rows (of one step or of the chunk) a[·, i]·b[·, j], i < k, j over all groups' columns. */
export interface OuterProduct {
  readonly kind: "outer";
  readonly over: "step" | "chunk";
  readonly a: Ref;
  readonly b: Ref;
  /** Shard gradient [k × groups·groupStride]. */
  readonly gradient: Buffer;
  readonly shape: GemmShape;
}

/** How a leaf of an elementwise kernel finds its value for row r and unit j. */
export type Access =
  /** ref[r, j] */
  | { readonly kind: "matrix"; readonly ref: Ref }
  /** ref[0, j]: a parameter vector */
  | { readonly kind: "vector"; readonly ref: Ref }
  /** ref[r, 0]: one number per row, e.g. a mask or an input feature */
  | { readonly kind: "row"; readonly ref: Ref }
  /** table[index[r], j] with index an int32 ref, one per row; `column` in the table */
  | { readonly kind: "gather"; readonly table: Ref; readonly index: Ref };

export type Output =
  /** ref[r, j] ← value */
  | { readonly kind: "store"; readonly value: Real; readonly ref: Ref }
  /** ref[0, j] += Σ_r value */
  | { readonly kind: "sum"; readonly value: Real; readonly ref: Ref }
  /** table[index[r], j] += value */
  | { readonly kind: "scatter"; readonly value: Real; readonly table: Ref; readonly index: Ref };

/** One fused loop over rows r < rows and units j < width. Outputs never alias inputs unless they are the same Ref. */
export interface Elementwise {
  readonly kind: "elementwise";
  readonly over: "step" | "chunk";
  readonly width: number;
  readonly inputs: ReadonlyMap<Real, Access>;
  readonly outputs: readonly Output[];
}

/**
 * Softmax cross-entropy or squared error of one step or of a chunk, per row weighted by `weight[r]`.
 * `sums` (float64 [3] per shard) accumulates Σ w·loss, Σ w·correct, Σ w; when `adjoint` is present it receives
 * w·scale·∂loss/∂output, with scale read from the shared `scale` buffer (1/Σw of the whole batch).
 * Squared error of a row is the mean over its `size` outputs.
 */
export interface Loss {
  readonly kind: "loss";
  readonly over: "step" | "chunk";
  readonly loss: "cross-entropy" | "mean-squared-error";
  readonly size: number;
  readonly output: Ref;
  readonly target: Ref;
  readonly weight: Ref;
  readonly sums: Buffer;
  readonly scale: Buffer;
  readonly adjoint?: Ref;
}

/** gradient [k × n] of group g, tight ← Σ over shards, in shard order, of columns g·groupStride … of the shard's. */
export interface Reduction {
  readonly gradient: Buffer;
  readonly shardGradient: Buffer;
  /** First column of this part in the shard gradient. */
  readonly column: number;
}
