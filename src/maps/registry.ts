import { unknownName } from "../errors.ts";
import { blockDiagonal, permutedBlock } from "./block-diagonal.ts";
import { dense } from "./dense.ts";
import { diagonal } from "./diagonal.ts";
import { hadamard } from "./hadamard.ts";
import { lowRank } from "./low-rank.ts";
import { sparse } from "./sparse.ts";
import type { Structure } from "./structure.ts";

/** Structures of real recurrent maps, by the names of `model.structure`; each factory works without options. */
export const structures = {
  dense: { description: "h @ W", weights: "n²", create: dense },
  diagonal: { description: "u ⊙ h, fused into the elementwise loop", weights: "n", create: diagonal },
  "block-diagonal": { description: "B blocks of n/B units", weights: "n²/B", create: blockDiagonal },
  "permuted-block": { description: "a perfect shuffle, then B blocks", weights: "n²/B", create: permutedBlock },
  sparse: { description: "a fixed random pattern of given density", weights: "density·n²", create: sparse },
  hadamard: { description: "Walsh–Hadamard matrix times a diagonal, O(n log n)", weights: "n", create: hadamard },
  "low-rank": { description: "rank r plus a diagonal", weights: "n(2r + 1)", create: lowRank },
} as const;

export type StructureName = keyof typeof structures;

/** A structure as code, or as configuration: its name, alone or with its options beside it. */
export type StructureSpec =
  | Structure
  | StructureName
  | { [N in StructureName]: { readonly name: N } & Options<N> }[StructureName];

type Options<N extends StructureName> = NonNullable<Parameters<(typeof structures)[N]["create"]>[0]>;

/**
 * What a spec stands for: `"diagonal"`, `{ name: "block-diagonal", blocks: 4 }`, or a structure itself. Throws `UsageError`
 * for an unknown name.
 */
export function structure(spec: StructureSpec): Structure {
  if (typeof spec === "object" && "bind" in spec) return spec;
  const { name, ...options } = typeof spec === "string" ? { name: spec } : spec;
  if (!Object.hasOwn(structures, name)) throw unknownName("structure", name, Object.keys(structures));
  const create: (options: object) => Structure = structures[name].create;
  return create(options);
}
