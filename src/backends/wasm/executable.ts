import { BackendError } from "../../errors.ts";
import type { Executable } from "../../plan/backend.ts";
import { usefulThreads } from "../../plan/memory.ts";
import type { Buffer, Pack, Plan, Reduction } from "../../plan/plan.ts";
import { type Arena, addressOf, allocate, planArena, rowBytes } from "./arena.ts";
import { emitProgram } from "./emit-program.ts";
import { type Kernels, kernelModule, kernelsIn } from "./kernels.ts";
import { addJob, type PooledJob, workerThreads } from "./pool.ts";
import { type Job, shardRunner, word } from "./shards.ts";
import { webAssembly } from "./webassembly.ts";

/** Allocates a plan's memory, generates its code and, for more than one thread, tells the workers. */
export function executable(plan: Plan, requestedThreads: number): Executable {
  const { shards } = plan.shape;
  const threading = workerThreads();
  const threads = threading ? usefulThreads(plan, requestedThreads) : 1;
  const arena = planArena(plan, threads);
  const { bytes, program } = emitProgram(arena);
  const memory = allocate(arena);
  const job: Job = { memory, kernels: kernelModule(), module: new (webAssembly().Module)(bytes), program };
  const kernels = kernelsIn(memory);
  const errors: unknown[] = [];
  const work = shardRunner(job, 0, (error) => errors.push(error));
  const words = new Int32Array(memory.buffer, 0, 16);
  const pooled = threading && threads > 1 ? addJob(threading, job, threads) : undefined;
  const size = (buffer: Buffer): number => buffer.times * buffer.rows * buffer.stride;

  return {
    plan,
    threads,
    floats: (buffer, copy = 0) => new Float32Array(memory.buffer, addressOf(arena, buffer, copy), size(buffer)),
    doubles: (buffer, copy = 0) => new Float64Array(memory.buffer, addressOf(arena, buffer, copy), size(buffer)),
    integers: (buffer, copy = 0) => new Int32Array(memory.buffer, addressOf(arena, buffer, copy), size(buffer)),
    pack: () => {
      for (const instruction of plan.pack) pack(kernels, arena, instruction);
    },
    run: () => {
      runShards(words, shards, work, pooled);
      const reasons = [...errors.splice(0).map(String), ...(pooled?.failures() ?? [])];
      if (reasons.length > 0) throw failure(words, reasons);
      for (const reduction of plan.reductions) reduce(kernels, arena, reduction);
    },
    dispose: () => pooled?.dispose(),
  };
}

function runShards(words: Int32Array, shards: number, work: () => void, pooled?: PooledJob): void {
  Atomics.store(words, word.finishedShards, 0);
  Atomics.store(words, word.failures, 0);
  Atomics.store(words, word.nextShard, 0);
  pooled?.wake();
  work();
  for (let finished = 0; pooled && finished < shards; finished = Atomics.load(words, word.finishedShards)) {
    Atomics.wait(words, word.finishedShards, finished);
  }
}

function failure(words: Int32Array, reasons: readonly string[]): BackendError {
  const message = [...new Set(reasons)].join("; ");
  if (Atomics.load(words, word.failures) === 0) {
    return new BackendError(`wasm: a worker thread failed: ${message}. Use one thread, or another backend.`);
  }
  // A shard only fails by leaving the memory, which an index out of range can do.
  return new BackendError(
    `wasm: a shard failed: ${message}. Check that symbols and other indices are within their tables.`,
  );
}

/**
 * Each innermost block at its place in the packed operand of the block around it; what lies beside them stays zero. Without
 * blocks all groups share one operand; otherwise, forward, each group's blocks follow one another.
 */
function pack(kernels: Kernels, arena: Arena, { packed, weights, gemm, transpose }: Pack): void {
  const { groups, groupStride, blocks, inner } = gemm;
  const [k, n] = [gemm.k / blocks, gemm.n / blocks];
  const [rows, columns] = [k / inner, n / inner];
  const start = addressOf(arena, packed, 0);
  weights.forEach(({ buffer: weight, firstRow }, group) => {
    const stride = rowBytes(weight);
    for (let i = 0; i < blocks * inner; i++) {
      const [block, at] = [Math.floor(i / inner), i % inner];
      const from = addressOf(arena, weight, 0) + (firstRow + i * rows) * stride;
      if (transpose) {
        const to = start + block * groups * n * k * 4;
        const row = group * n + at * columns;
        kernels.pack(to, groups * n, roundUp(k), row, at * rows, from, 4, stride, columns, rows);
      } else if (blocks === 1) {
        const column = group * groupStride + at * columns;
        kernels.pack(start, k, groups * groupStride, at * rows, column, from, stride, 4, rows, columns);
      } else {
        const to = start + (group * blocks + block) * k * n * 4;
        kernels.pack(to, k, n, at * rows, at * columns, from, stride, 4, rows, columns);
      }
    }
  });
}

/** A call per run of rows whose innermost blocks lie below one another. */
function reduce(kernels: Kernels, arena: Arena, reduction: Reduction): void {
  const { gradient, firstRow, shardGradient, column, inner } = reduction;
  const { rows } = shardGradient;
  const start = addressOf(arena, shardGradient, 0);
  const shardBytes = addressOf(arena, shardGradient, 1) - start;
  const { shards } = arena.plan.shape;
  const { width } = gradient;
  const to = addressOf(arena, gradient, 0) + firstRow * width * 4;
  const stride = rowBytes(shardGradient);
  const run = inner?.rows ?? rows;
  for (let i = 0; i < rows; i += run) {
    const from = start + i * stride + (column + ((i / run) % (inner?.count ?? 1)) * width) * 4;
    kernels.reduce(to + i * width * 4, from, shardBytes, shards, run, width, stride);
  }
}

const roundUp = (columns: number): number => Math.ceil(columns / 4) * 4;
