import { interpreter, mapProgram, type Program, type Routine } from "../interpreter.ts";
import { type Memory, type Module, webAssembly } from "./webassembly.ts";

/** Everything a thread needs to run shards of one plan. Can be sent to a worker. */
export interface Job {
  readonly memory: Memory;
  readonly kernels: Module;
  readonly module: Module;
  readonly program: Program<string>;
}

/** int32 words at the start of a job's memory, with which its threads share out the shards. */
export const word = { nextShard: 0, finishedShards: 1, failures: 2 } as const;

/** int32 words of a pool: a number that changes to wake the workers, the id of the job to do, 1 to stop. */
export const signal = { generation: 0, job: 1, stop: 2 } as const;

/**
 * The work of one thread in one run: takes shards until none is left. Whoever finishes the last one wakes the thread that
 * waits for it. A shard that fails is reported first, and then counts as finished all the same.
 */
export function shardRunner(
  { memory, kernels, module, program }: Job,
  thread: number,
  report: (error: unknown) => void,
): () => void {
  const { Instance } = webAssembly();
  const kernelExports = new Instance(kernels, { env: { memory } }).exports;
  const generated = new Instance(module, { env: { memory }, kernels: { ...kernelExports } }).exports;
  const run = interpreter(mapProgram(program, (name) => generated[name] as Routine));
  const words = new Int32Array(memory.buffer, 0, 16);
  const { shards } = program.shape;

  return () => {
    for (;;) {
      const shard = Atomics.add(words, word.nextShard, 1);
      if (shard >= shards) return;
      try {
        run(shard, thread);
      } catch (error) {
        report(error);
        Atomics.add(words, word.failures, 1);
      }
      if (Atomics.add(words, word.finishedShards, 1) === shards - 1) Atomics.notify(words, word.finishedShards);
    }
  };
}
