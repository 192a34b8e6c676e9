import { MemoryLimitError } from "../errors.ts";
import { totalMemory } from "../machine.ts";
import { arenaBytes, usefulThreads } from "../plan/memory.ts";
import type { Plan } from "../plan/plan.ts";

/** Memory a plan takes, and lines for people: the whole, then the largest buffers. */
export interface PlanMemory {
  readonly bytes: number;
  readonly lines: string[];
}

export function planMemory(plan: Plan, threads: number): PlanMemory {
  const { shape, target } = plan;
  const workers = usefulThreads(plan, threads);
  const bytes = arenaBytes(plan.layout, shape.shards, workers);
  const size = { float: target.element === "float32" ? 4 : 8, int32: 4, float64: 8 };
  const parts = plan.buffers.map(({ name, scope, times, rows, stride, element }) => {
    const copies = scope === "shard" ? shape.shards : scope === "workspace" ? workers : 1;
    return { name, copies, bytes: copies * times * rows * stride * size[element] };
  });
  const largest = parts.sort((a, b) => b.bytes - a.bytes).slice(0, 8);
  const header =
    `${megabytes(bytes)} in all: ${shape.length} steps in segments of ${shape.segment} and chunks of ${shape.chunk}, ` +
    `${shape.batch} rows in ${shape.shards} shards of ${shape.rows}, ${workers} thread${workers === 1 ? "" : "s"}`;
  return { bytes, lines: [header, ...largest.map((p) => `${p.name}: ${megabytes(p.bytes)} (${p.copies} ×)`)] };
}

/** Throws `MemoryLimitError` when a plan needs more than `limit` bytes, by default three quarters of the machine's memory. */
export function requireMemory(plan: Plan, threads: number, limit = 0.75 * (totalMemory() ?? 4 * 2 ** 30)): void {
  const { bytes, lines } = planMemory(plan, threads);
  if (bytes <= limit) return;
  throw new MemoryLimitError(
    `This plan needs ${megabytes(bytes)}, the limit is ${megabytes(limit)}. Use a smaller batch, a shorter length, fewer ` +
      `threads or checkpointing (memory grows with √length), or raise memoryLimit. Largest parts: ${lines.slice(1, 4).join("; ")}.`,
  );
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
