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
  const memory = allocate(arena);
  const { bytes, program } = emitProgram(arena);
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

function pack(kernels: Kernels, arena: Arena, { packed, weights, gemm, transpose }: Pack): void {
  const { k, n, groups, groupStride } = gemm;
  const to = addressOf(arena, packed, 0);
  weights.forEach(({ buffer: weight, firstRow }, group) => {
    const from = addressOf(arena, weight, 0) + firstRow * rowBytes(weight);
    const stride = rowBytes(weight);
    if (transpose) kernels.pack(to, groups * n, Math.ceil(k / 4) * 4, group * n, 0, from, 4, stride, n, k);
    else kernels.pack(to, k, groups * groupStride, 0, group * groupStride, from, stride, 4, k, n);
  });
}

function reduce(kernels: Kernels, arena: Arena, { gradient, shardGradient, column }: Reduction): void {
  const start = addressOf(arena, shardGradient, 0);
  const shardBytes = addressOf(arena, shardGradient, 1) - start;
  const { shards } = arena.plan.shape;
  const { rows, width } = gradient;
  const to = addressOf(arena, gradient, 0);
  kernels.reduce(to, start + column * 4, shardBytes, shards, rows, width, rowBytes(shardGradient));
}
