import { BackendError, MemoryLimitError } from "../../errors.ts";
import { arenaBytes, bufferAddress } from "../../plan/memory.ts";
import type { Buffer, Plan, Ref } from "../../plan/plan.ts";
import type { Code, Local } from "./code.ts";
import { Constants } from "./constants.ts";
import { type Memory, maximumPages, pageBytes, webAssembly } from "./webassembly.ts";

/**
 * Where everything lies in the memory: words the threads coordinate with, the plan's arena, a scratch per thread, and the
 * constants that emitting the program adds.
 */
export interface Arena {
  readonly plan: Plan;
  readonly threads: number;
  /** Start of the plan's arena. */
  readonly base: number;
  readonly scratch: number;
  readonly scratchBytes: number;
  readonly constants: Constants;
}

/** Parameters of every generated function: those of a `Routine`. */
export const parameter = { shard: 0, thread: 1, segmentStart: 2, chunkStart: 3, first: 4, end: 5 } as const;
export const parameterCount = 6;

/** The words before it are in shards.ts. */
const base = 1024;

export function planArena(plan: Plan, threads: number): Arena {
  const scratch = base + arenaBytes(plan.layout, plan.shape.shards, threads);
  const scratchBytes = scratchFor(plan);
  const constants = new Constants(scratch + threads * scratchBytes);
  return { plan, threads, base, scratch, scratchBytes, constants };
}

/** A memory of exactly the arena's size, with the constants its program has placed. Throws `MemoryLimitError` above 4 GiB, or when the machine refuses. */
export function allocate({ plan, threads, constants }: Arena): Memory {
  const { layout, shape } = plan;
  const bytes = constants.end;
  const mebibytes = (size: number) => `${Math.ceil(size / 2 ** 20)} MiB`;
  const sizes = `${mebibytes(bytes)} (${mebibytes(layout.shared)} shared, ${shape.shards} shards of ${mebibytes(layout.shard)}, ${threads} threads with ${mebibytes(layout.workspace)} each)`;
  const fix =
    "Use a smaller batch, fewer threads, shorter sequences or checkpointing, which keeps only about √length of the states";
  const pages = Math.ceil(bytes / pageBytes);
  if (pages > maximumPages) {
    throw new MemoryLimitError(
      `The plan needs ${sizes}, but a WebAssembly memory holds at most 4096 MiB. ${fix}, or the native backend.`,
    );
  }
  const { Memory: Constructor } = webAssembly();
  try {
    const memory = new Constructor({ initial: pages, maximum: pages, shared: true });
    constants.write(memory);
    return memory;
  } catch (cause) {
    throw new MemoryLimitError(`The machine refused the plan's memory of ${sizes}. ${fix}.`, { cause });
  }
}

/** Address of a buffer's copy from JavaScript. */
export const addressOf = (arena: Arena, buffer: Buffer, copy: number): number =>
  arena.base + bufferAddress(buffer, copy, arena.plan);

const bytesPerElement = { float: 4, int32: 4, float64: 8 } as const;

export const rowBytes = (buffer: Buffer): number => buffer.stride * bytesPerElement[buffer.element];
export const entryBytes = (buffer: Buffer): number => buffer.rows * rowBytes(buffer);

/** Bytes from the start of a time entry to a reference's first element (of the entry itself or the next one). */
export const offsetOf = ({ buffer, shift, column }: Ref): number =>
  shift * entryBytes(buffer) + column * bytesPerElement[buffer.element];

/** Pushes the address of the buffer's first element in the function's shard or thread. */
export function pushBuffer(code: Code, arena: Arena, buffer: Buffer): void {
  const start = addressOf(arena, buffer, 0);
  code.i32(start);
  if (buffer.scope === "shared") return;
  code.get(buffer.scope === "shard" ? parameter.shard : parameter.thread);
  code
    .i32(addressOf(arena, buffer, 1) - start)
    .op("i32Mul")
    .op("i32Add");
}

/** Pushes the address of the buffer's entry for the step in a local. */
export function pushEntry(code: Code, arena: Arena, buffer: Buffer, step: Local): void {
  pushBuffer(code, arena, buffer);
  if (buffer.time === "once") return;
  code.get(step);
  if (buffer.time !== "sequence") {
    code.get(buffer.time === "segment" ? parameter.segmentStart : parameter.chunkStart).op("i32Sub");
  }
  code.i32(entryBytes(buffer)).op("i32Mul").op("i32Add");
}

/** Pushes the address of a reference's first element at the step in a local. */
export function pushRef(code: Code, arena: Arena, ref: Ref, step: Local): void {
  pushEntry(code, arena, ref.buffer, step);
  code.i32(offsetOf(ref)).op("i32Add");
}

/** Throws unless whole vectors may be read and written from the reference on. */
export function requireWholeVectors({ buffer, column }: Ref): void {
  if (column % 4 === 0 && (buffer.rows * buffer.times === 1 || buffer.stride % 4 === 0)) return;
  throw new BackendError(
    `wasm: ${buffer.name}, column ${column} of rows ${buffer.stride} apart, is not a place for vectors of 4; the plan must be compiled for this backend's target.`,
  );
}

/** What `outer` needs to transpose and pack 128 rows. */
function scratchFor(plan: Plan): number {
  const lists = plan.layers.flatMap((layer) => [...layer.stepAdjoint, ...layer.projectAdjoint]);
  const depths = [...lists, ...plan.head.adjoint].map((i) => (i.kind === "outer" ? i.shape.k / i.shape.blocks : 0));
  const widest = Math.ceil(Math.max(0, ...depths) / 4) * 4;
  return widest > 0 ? 128 * (widest + 16) * 4 : 0;
}
