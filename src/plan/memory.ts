import type { Buffer, FactorChain, Layout, Plan } from "./plan.ts";

/** First byte of a copy (shard or thread) of a buffer in an arena that starts at 0. */
export function bufferAddress(buffer: Buffer, copy: number, { layout, shape }: Plan): number {
  if (buffer.scope === "shared") return buffer.offset;
  const firstShard = align(layout.shared);
  if (buffer.scope === "shard") return firstShard + copy * align(layout.shard) + buffer.offset;
  return firstShard + shape.shards * align(layout.shard) + copy * align(layout.workspace) + buffer.offset;
}

/** Bytes of an arena: the shared part, the shards' parts and `threads` workspaces, each on a 64-byte boundary. */
export function arenaBytes(layout: Layout, shards: number, threads: number): number {
  return align(layout.shared) + shards * align(layout.shard) + threads * align(layout.workspace);
}

/** Workspaces a plan can use: no more than it has shards. */
export const usefulThreads = ({ shape }: Plan, threads: number): number => Math.max(1, Math.min(threads, shape.shards));

/**
 * Floats that may lie unused between two vectors of a chain's scratch memory: twelve cache lines, so that vectors of 2ᵏ numbers
 * do not all begin at the same place of a cache, where reading one waits for, or evicts, the other.
 */
export const scratchGap = 192;

/** Floats of scratch memory for a chain and as many rows as its vectors hold: one vector for each factor and four more. */
export const scratchFloats = ({ factors, field, size }: FactorChain, rows: number): number =>
  (factors.length + 4) * ((field === "complex" ? 2 : 1) * size * rows + scratchGap);

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
