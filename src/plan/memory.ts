import type { Buffer, Layout, Plan } from "./plan.ts";

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

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
