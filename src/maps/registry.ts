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
  dense: entry("h @ W", "n²", dense, {}),
  diagonal: entry("u ⊙ h, fused into the elementwise loop", "n", diagonal, { range: true }),
  "block-diagonal": entry("B blocks of n/B units", "n²/B", blockDiagonal, { blocks: true }),
  "permuted-block": entry("a perfect shuffle, then B blocks", "n²/B", permutedBlock, { blocks: true }),
  sparse: entry("a fixed random pattern of given density", "density·n²", sparse, { density: true, patternSeed: true }),
  hadamard: entry("Walsh–Hadamard matrix times a diagonal, O(n log n)", "n", hadamard, {}),
  "low-rank": entry("rank r plus a diagonal", "n(2r + 1)", lowRank, { rank: true }),
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
 * for an unknown name or option.
 */
export function structure(spec: StructureSpec): Structure {
  if (typeof spec === "object" && "bind" in spec) return spec;
  const { name, ...options } = typeof spec === "string" ? { name: spec } : spec;
  if (!Object.hasOwn(structures, name)) throw unknownName("structure", name, Object.keys(structures));
  const known: object = structures[name].options;
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown !== undefined) throw unknownName(`option of the structure ${name}`, unknown, Object.keys(known));
  const create: (options: object) => Structure = structures[name].create;
  return create(options);
}

/** `options` has the name of everything that `create` takes. */
function entry<O extends object>(
  description: string,
  weights: string,
  create: (options?: O) => Structure,
  options: Readonly<Record<keyof O, true>>,
) {
  return { description, weights, create, options };
}
