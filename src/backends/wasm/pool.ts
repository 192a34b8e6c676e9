import type { MessagePort, Worker } from "node:worker_threads";
import { type Job, signal } from "./shards.ts";
import { workerSource } from "./worker.generated.ts";
import type { WorkerMessage, WorkerStart } from "./worker.ts";

/**
 * Worker threads shared by every compiled plan of this process. A worker sleeps until the generation changes, then works on
 * the current job. The caller works too and takes whatever workers do not, so that nobody waits for one to start.
 */
export interface PooledJob {
  /** Wakes the workers for this job. */
  wake(): void;
  /** Why workers failed since the last call. */
  failures(): string[];
  /** The last job to go ends the workers. */
  dispose(): void;
}

type WorkerThreads = typeof import("node:worker_threads");

/** Node's worker threads; undefined in browsers, where everything runs on the calling thread. */
export function workerThreads(): WorkerThreads | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.("node:worker_threads") as WorkerThreads | undefined;
}

/** Makes a job known to the workers 1 … threads−1, starting those that are missing. */
export function addJob(threading: WorkerThreads, job: Job, threads: number): PooledJob {
  pool ??= { workers: [], signals: new Int32Array(new SharedArrayBuffer(16)), jobs: 0 };
  const { workers, signals } = pool;
  while (workers.length < threads - 1) workers.push(new PoolWorker(threading, workers.length + 1, signals));
  const chosen = workers.slice(0, threads - 1);
  const id = ++lastId;
  pool.jobs++;
  for (const worker of chosen) worker.post({ id, job });
  let isLive = true;
  return {
    wake() {
      Atomics.store(signals, signal.job, id);
      nextGeneration(signals);
    },
    failures: () => chosen.flatMap((worker) => worker.takeFailures()),
    dispose() {
      if (isLive) release(chosen, id);
      isLive = false;
    },
  };
}

interface Pool {
  readonly workers: PoolWorker[];
  readonly signals: Int32Array;
  jobs: number;
}

let pool: Pool | undefined;
let lastId = 0;

function release(workers: readonly PoolWorker[], id: number): void {
  if (!pool) return;
  pool.jobs--;
  if (pool.jobs === 0) Atomics.store(pool.signals, signal.stop, 1);
  for (const worker of workers) worker.post({ id });
  // Also those that go on must wake, to let go of the job's memory.
  nextGeneration(pool.signals);
  if (pool.jobs === 0) pool = undefined;
}

function nextGeneration(signals: Int32Array): void {
  Atomics.add(signals, signal.generation, 1);
  Atomics.notify(signals, signal.generation);
}

class PoolWorker {
  private readonly receive: () => unknown;
  private readonly port: MessagePort;
  private readonly errors: string[] = [];

  constructor(
    { Worker: Constructor, MessageChannel, receiveMessageOnPort }: WorkerThreads,
    thread: number,
    signals: Int32Array,
  ) {
    const { port1, port2 } = new MessageChannel();
    const start: WorkerStart = { thread, signals, port: port2 };
    const worker: Worker = new Constructor(workerSource, {
      eval: true,
      execArgv: [],
      name: `stiefel-wasm-${thread}`,
      workerData: start,
      transferList: [port2],
    });
    worker.on("error", (error) => this.errors.push(String(error)));
    // A process may end while its workers sleep.
    worker.unref();
    this.port = port1;
    this.receive = () => receiveMessageOnPort(port1)?.message;
  }

  post(message: WorkerMessage): void {
    this.port.postMessage(message);
  }

  takeFailures(): string[] {
    const failures = this.errors.splice(0);
    for (let message = this.receive(); message !== undefined; message = this.receive()) failures.push(String(message));
    return failures;
  }
}
