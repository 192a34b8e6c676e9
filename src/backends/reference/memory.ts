import { bufferAddress } from "../../plan/memory.ts";
import type { Buffer, Plan, Ref } from "../../plan/plan.ts";
import { type Routine, timeIndex } from "../interpreter.ts";

/** The arena of a plan as numbers. */
export interface Memory {
  readonly plan: Plan;
  readonly floats: Float64Array;
  readonly integers: Int32Array;
}

type Locate = (...step: Parameters<Routine>) => number;

/** Index of a reference's first element (of the first step run over). */
export function locate({ plan }: Memory, { buffer, shift, column }: Ref): Locate {
  const size = buffer.element === "int32" ? 4 : 8;
  const entry = buffer.rows * buffer.stride;
  return (shard, thread, segmentStart, chunkStart, first) => {
    const start = bufferAddress(buffer, copyOf(buffer, shard, thread), plan) / size;
    return start + (timeIndex(buffer, first, segmentStart, chunkStart) + shift) * entry + column;
  };
}

export const copyOf = (buffer: Buffer, shard: number, thread: number): number =>
  buffer.scope === "shard" ? shard : thread;
