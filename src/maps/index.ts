/**
 * Linear maps: the structures a recurrent matrix can have, one file each.
 *
 * @module
 */
export { type BlockDiagonalOptions, blockDiagonal, permutedBlock } from "./block-diagonal.ts";
export { complexDense, dense } from "./dense.ts";
export { type DiagonalOptions, diagonal } from "./diagonal.ts";
export { hadamard } from "./hadamard.ts";
export { type KroneckerOptions, kronecker } from "./kronecker.ts";
export { type LowRankOptions, lowRank } from "./low-rank.ts";
export { type StructureName, type StructureSpec, structure, structures } from "./registry.ts";
export { type RotationsOptions, rotations } from "./rotations.ts";
export { type SparseOptions, sparse } from "./sparse.ts";
export type { BoundStructure, Coordinates, Structure, WeightLayout } from "./structure.ts";
export { type UnitaryProductOptions, unitaryProduct } from "./unitary-product.ts";
