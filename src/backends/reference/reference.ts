import { denseKernels } from "../../linalg/dense.ts";
import type { Backend, Executable } from "../../plan/backend.ts";
import { arenaBytes, bufferAddress } from "../../plan/memory.ts";
import type { Buffer, Plan } from "../../plan/plan.ts";
import { compileProgram, inOrder, interpreter, type Machine, type Routine, timeIndex } from "../interpreter.ts";
import { kernel } from "./kernels.ts";
import { copyOf, type Memory } from "./memory.ts";
import { pack } from "./products.ts";

/** Plain TypeScript in float64: slow, and the truth that other backends are tested against. */
export function referenceBackend(): Backend {
  return {
    name: "reference",
    target: { element: "float64", lanes: 1 },
    dense: denseKernels,
    compile: (plan, { threads }) => executable(plan, threads),
  };
}

function executable(plan: Plan, threads: number): Executable {
  const { shards } = plan.shape;
  const arena = new ArrayBuffer(arenaBytes(plan.layout, shards, 1));
  const memory: Memory = { plan, floats: new Float64Array(arena), integers: new Int32Array(arena) };
  const runShard = interpreter(compileProgram(plan, machine(memory)));
  const view = (buffer: Buffer, copy: number) => {
    const length = buffer.times * buffer.rows * buffer.stride;
    return [arena, bufferAddress(buffer, copy, plan), length] as const;
  };
  return {
    plan,
    threads,
    floats: (buffer, copy = 0) => new Float64Array(...view(buffer, copy)),
    doubles: (buffer, copy = 0) => new Float64Array(...view(buffer, copy)),
    integers: (buffer, copy = 0) => new Int32Array(...view(buffer, copy)),
    pack: () => {
      for (const instruction of plan.pack) pack(memory, instruction);
    },
    run: () => {
      for (let shard = 0; shard < shards; shard++) runShard(shard, 0);
      reduce(memory);
    },
    dispose: () => {},
  };
}

function reduce({ plan, floats }: Memory): void {
  for (const { gradient, firstRow, shardGradient, column, inner } of plan.reductions) {
    const out = bufferAddress(gradient, 0, plan) / 8 + firstRow * gradient.stride;
    for (let i = 0; i < shardGradient.rows; i++) {
      const block = inner ? Math.floor(i / inner.rows) % inner.count : 0;
      const from = i * shardGradient.stride + column + block * gradient.width;
      for (let j = 0; j < gradient.width; j++) {
        let sum = 0;
        for (let shard = 0; shard < plan.shape.shards; shard++) {
          sum += floats[bufferAddress(shardGradient, shard, plan) / 8 + from + j];
        }
        floats[out + i * gradient.stride + j] = sum;
      }
    }
  }
}

function machine(memory: Memory): Machine<Routine> {
  const { plan, floats } = memory;
  const range = (buffer: Buffer, shard: number, thread: number): [number, number] => {
    const start = bufferAddress(buffer, copyOf(buffer, shard, thread), plan) / 8;
    return [start, buffer.rows * buffer.stride];
  };
  return {
    sequence: (instructions, order) =>
      inOrder(
        instructions.map((i) => kernel(memory, i)),
        order,
      ),
    zero: (buffers) => (shard, thread) => {
      for (const buffer of buffers) {
        const [start, entry] = range(buffer, shard, thread);
        floats.fill(0, start, start + buffer.times * entry);
      }
    },
    copy: (transfers) => (shard, thread, segmentStart, chunkStart, _, end) => {
      const place = ({ buffer, at }: (typeof transfers)[number]["from"]): number => {
        const [start, entry] = range(buffer, shard, thread);
        if (at === "segment") return start + (segmentStart / plan.shape.segment) * entry;
        return at === "first" ? start : start + timeIndex(buffer, end, segmentStart, chunkStart) * entry;
      };
      for (const { from, to } of transfers) {
        const [, entry] = range(from.buffer, shard, thread);
        floats.copyWithin(place(to), place(from), place(from) + entry);
      }
    },
  };
}
