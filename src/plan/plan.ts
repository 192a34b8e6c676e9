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

export type Instruction = Gemm | OuterProduct | Permute | Factored | FactoredAdjoint | Elementwise | Loss;

/** packed ← weights, in the backend's own panel order. `groups` matrices side by side (see `Gemm`). */
export interface Pack {
  readonly kind: "pack";
  readonly packed: Buffer;
  /** Tight row-major matrices of `gemm.k` rows in `gemm.groups` column groups; with `transpose` the adjoint product's operand. */
  readonly weights: readonly WeightRows[];
  readonly gemm: GemmShape;
  readonly transpose: boolean;
}

/** Some rows of a tight weight, from `firstRow` on. */
export interface WeightRows {
  readonly buffer: Buffer;
  readonly firstRow: number;
}

/**
 * Forward (`transpose` false): a [rows × k], weights [k × n] per group, result group g at columns g·groupStride.
 * Adjoint: a holds `groups` groups of n columns at g·groupStride, the result [rows × k] sums over all of them.
 *
 * With `blocks` > 1 every weight is block-diagonal: block b is [k/blocks × n/blocks] and takes the columns from b·k/blocks
 * on to those from b·n/blocks on; both sizes are whole vectors of the target. Each such block may itself consist of
 * `inner` equal blocks on its diagonal, with zeros beside them that are multiplied all the same: narrow blocks gathered to
 * whole vectors. Only the innermost blocks are stored: a weight is tight [k × n/(blocks·inner)], row i that of the block it
 * lies in.
 */
export interface GemmShape {
  readonly k: number;
  readonly n: number;
  readonly groups: number;
  /** n rounded up to the target's lanes. */
  readonly groupStride: number;
  readonly blocks: number;
  readonly inner: number;
}

/** c ← a · packed, or c ← c + a · packed, for the rows of one step, or of every step of the chunk. */
export interface Gemm {
  readonly kind: "gemm";
  readonly over: "step" | "chunk";
  readonly a: Ref;
  readonly packed: Buffer;
  readonly shape: GemmShape;
  readonly transpose: boolean;
  readonly c: Ref;
  readonly accumulate?: boolean;
}

/**
 * gradient[i, j] += Σ over rows (of one step or of the chunk) a[·, i]·b[·, j], i < k, j over all groups' columns. With
 * blocks, gradient[i, g·blockStride + j] += Σ a[·, i]·b[·, g·groupStride + ⌊i/(k/blocks)⌋·n/blocks + j] for j < n/blocks.
 */
export interface OuterProduct {
  readonly kind: "outer";
  readonly over: "step" | "chunk";
  readonly a: Ref;
  readonly b: Ref;
  /** Shard gradient [k × groups·blockStride], blockStride = n/blocks rounded up to the target's lanes. */
  readonly gradient: Buffer;
  readonly shape: GemmShape;
}

/** c[r, j] ← a[r, index[j]], j < index.length, for the rows of one step. */
export interface Permute {
  readonly kind: "permute";
  readonly over: "step";
  readonly a: Ref;
  readonly c: Ref;
  readonly index: Int32Array;
}

/**
 * One factor of a structured linear map x ↦ y on vectors of n real or complex numbers. `at` is where its numbers begin in
 * the map's weights; complex ones are stored as all real parts, then all imaginary parts. Every factor is taken as it is:
 * nothing is normalised here.
 */
export type Factor =
  /** y_k = d_k·x_k: n numbers. */
  | { readonly kind: "diagonal"; readonly at: number }
  /** y = x − 2·v·(vᴴx): n numbers, v of length 1 where the map is to be unitary. */
  | { readonly kind: "reflection"; readonly at: number }
  /** y_k = n^(−1/2) Σ_j x_j·e^(−2πi·jk/n), or with e^(+2πi·jk/n) when `inverse`; complex only. */
  | { readonly kind: "fourier"; readonly inverse: boolean }
  /** y = H·x/√n, H the Walsh–Hadamard matrix in natural order, n a power of two. */
  | { readonly kind: "walsh" }
  /** y_j = x_{index[j]}. */
  | { readonly kind: "permutation"; readonly index: Int32Array }
  /**
   * For each pair p of places i = first[p], j = second[p], all different: y_i = a_p·x_i + b_p·x_j, y_j = c_p·x_i + d_p·x_j;
   * other places stay. Four vectors a, b, c, d of first.length numbers each, one after another.
   */
  | { readonly kind: "pairs"; readonly at: number; readonly first: Int32Array; readonly second: Int32Array }
  /** x as [left × size × right]: y[l, q, r] = Σ_p x[l, p, r]·A[p, q], A [size × size] row-major. */
  | {
      readonly kind: "mode";
      readonly at: number;
      readonly left: number;
      readonly size: number;
      readonly right: number;
    }
  /** y_j = Σ_e x_{rows[e]}·w_e over e = columns[j] … columns[j + 1] − 1: rows.length numbers w. */
  | { readonly kind: "sparse"; readonly at: number; readonly columns: Int32Array; readonly rows: Int32Array };

/** A structured map: the factors in the order in which they act. */
export interface FactorChain {
  readonly field: "real" | "complex";
  /** n. */
  readonly size: number;
  readonly factors: readonly Factor[];
  /** How many weights the factors have in all. */
  readonly weightCount: number;
}

/** c ← chain(a) for the rows of one step. Operand and result have one reference (real) or two (real parts, imaginary parts). */
export interface Factored {
  readonly kind: "factored";
  readonly over: "step";
  readonly chain: FactorChain;
  /** Shared, tight [1 × weightCount]. */
  readonly weights: Buffer;
  readonly a: readonly Ref[];
  readonly c: readonly Ref[];
  readonly scratch: Buffer;
}

/**
 * The adjoint of `Factored` at operand a for the adjoint b of its result: c ← chainᴴ(b) and gradient += ∂⟨b, chain(a)⟩/∂weights,
 * where ⟨b, y⟩ = Re Σ b̄_k·y_k summed over rows. A complex adjoint is ∂L/∂Re + i·∂L/∂Im.
 */
export interface FactoredAdjoint {
  readonly kind: "factored-adjoint";
  readonly over: "step";
  readonly chain: FactorChain;
  readonly weights: Buffer;
  readonly a: readonly Ref[];
  readonly b: readonly Ref[];
  readonly c: readonly Ref[];
  /** Shard gradient, tight [1 × weightCount]. */
  readonly gradient: Buffer;
  /**
   * Of the workspace: `scratchFloats` (memory.ts) for the rows rounded up to the target's lanes, for the vectors between factors,
   * rows side by side in vector lanes.
   */
  readonly scratch: Buffer;
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

/**
 * Rows firstRow … firstRow + shardGradient.rows − 1 of a tight gradient ← Σ over shards, in shard order, of the columns from
 * `column` on of the shards' gradients. With `inner`, row i is read from `column` + (⌊i/inner.rows⌋ mod inner.count)·width
 * on: where the innermost blocks of a block-diagonal weight lie.
 */
export interface Reduction {
  readonly gradient: Buffer;
  readonly firstRow: number;
  readonly shardGradient: Buffer;
  readonly column: number;
  readonly inner?: { readonly rows: number; readonly count: number };
}
