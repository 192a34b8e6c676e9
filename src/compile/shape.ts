import { UsageError } from "../errors.ts";
import type { PlanShape } from "../plan/plan.ts";

export interface ShapeRequest {
  readonly length: number;
  readonly batch: number;
  /** Widest layer. */
  readonly units: number;
  readonly mode: PlanShape["mode"];
  /** Keep only every segment's first states and compute the rest again: memory ~ √length. */
  readonly checkpointing: boolean;
}

/** Bytes of states and adjoints of one chunk that should stay in the second-level cache together with the weights. */
const chunkBytes = 384 * 1024;

/**
 * Cuts batch and time. Depends on sizes only, never on the number of threads, so that results do not either: shards of
 * enough rows to reuse each loaded weight, more of them (up to 8) when the batch allows.
 */
export function planShape({ length, batch, units, mode, checkpointing }: ShapeRequest): PlanShape {
  requirePositiveInteger("length", length);
  requirePositiveInteger("batch", batch);
  const fewestRows = units < 256 ? 8 : units < 768 ? 16 : 32;
  const wanted = Math.min(8, Math.max(batch >= 8 ? 2 : 1, batch / fewestRows));
  const shards = 2 ** Math.floor(Math.log2(wanted));
  const rows = Math.ceil(batch / shards);
  const fitting = Math.floor(chunkBytes / (2 * rows * units * 4));
  let chunk = Math.min(length, Math.max(4, Math.min(64, fitting)));
  let segment = length;
  if (mode === "infer") segment = chunk;
  else if (checkpointing) {
    const root = Math.ceil(Math.sqrt(length));
    chunk = Math.min(chunk, root);
    segment = Math.min(length, Math.ceil(root / chunk) * chunk);
  }
  return { length, batch, rows, shards, chunk, segment, mode };
}

function requirePositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${name} is ${value}, expected a positive integer.`);
}
