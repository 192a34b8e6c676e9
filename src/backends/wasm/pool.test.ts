import { expect, it } from "vitest";
import { ref } from "../../compile/allocator.ts";
import { leaf, type Real } from "../../expr/node.ts";
import * as e from "../../expr/ops.ts";
import type { Access, PlanShape } from "../../plan/plan.ts";
import { sketchPlan } from "../../testing/plan-sketch.ts";
import { addressOf, allocate, planArena } from "./arena.ts";
import { emitProgram } from "./emit-program.ts";
import { kernelModule } from "./kernels.ts";
import { addJob, workerThreads } from "./pool.ts";
import { type Job, word } from "./shards.ts";
import { wasmBackend } from "./wasm.ts";
import { webAssembly } from "./webassembly.ts";

const shape: PlanShape = { length: 3, batch: 10, rows: 1, shards: 10, chunk: 3, segment: 3, mode: "infer" };

/** A job that adds 1 to `count` at every step, and a way to read and start it. */
function counting(threads: number) {
  const { plan } = sketchPlan(shape, wasmBackend().target, (allocator) => {
    const count = ref(allocator.allocate({ name: "count", scope: "shard", rows: 1, width: 1 }));
    const old = leaf("old");
    const inputs = new Map<Real, Access>([[old, { kind: "matrix", ref: count }]]);
    const outputs = [{ kind: "store", value: e.add(old, 1), ref: count } as const];
    return { layer: { step: [{ kind: "elementwise", over: "step", width: 1, inputs, outputs }] } };
  });
  const arena = planArena(plan, threads);
  const { bytes, program } = emitProgram(arena);
  const memory = allocate(arena);
  const job: Job = { memory, kernels: kernelModule(), module: new (webAssembly().Module)(bytes), program };
  const words = new Int32Array(memory.buffer, 0, 16);
  const [buffer] = plan.buffers;
  return {
    job,
    reset() {
      Atomics.store(words, word.finishedShards, 0);
      Atomics.store(words, word.nextShard, 0);
    },
    waitForAll() {
      for (let finished = 0; finished < shape.shards; finished = Atomics.load(words, word.finishedShards)) {
        expect(Atomics.wait(words, word.finishedShards, finished, 20_000)).not.toBe("timed-out");
      }
    },
    counts: () =>
      Array.from({ length: shape.shards }, (_, shard) => {
        return new Float32Array(memory.buffer, addressOf(arena, buffer, shard), 1)[0];
      }),
  };
}

it("workers do a run by themselves while the caller is blocked, for several jobs in turn", () => {
  const threading = workerThreads();
  if (!threading) throw new Error("Node has worker threads");
  const counters = [counting(3), counting(2)];
  const jobs = counters.map(({ job }, i) => addJob(threading, job, 3 - i));
  for (const run of [1, 2, 3]) {
    counters.forEach((counter, i) => {
      counter.reset();
      jobs[i].wake();
      counter.waitForAll();
      expect(counter.counts()).toEqual(Array.from({ length: shape.shards }, () => 3 * run));
      expect(jobs[i].failures()).toEqual([]);
    });
  }
  for (const job of jobs) job.dispose();
});
