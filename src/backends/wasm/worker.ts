import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type Job, shardRunner, signal } from "./shards.ts";

/** What a worker is started with; `signals` (see `signal`) are the pool's. */
export interface WorkerStart {
  readonly thread: number;
  readonly signals: Int32Array;
  readonly port: MessagePort;
}

/** A new job; without one, the id is not used any more. */
export interface WorkerMessage {
  readonly id: number;
  readonly job?: Job;
}

const { thread, signals, port } = workerData as WorkerStart;
const runners = new Map<number, () => void>();
const report = (error: unknown) => port.postMessage(String(error));

for (;;) {
  const generation = Atomics.load(signals, signal.generation);
  try {
    for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
      const { id, job } = received.message as WorkerMessage;
      if (job) runners.set(id, shardRunner(job, thread, report));
      else runners.delete(id);
    }
    if (Atomics.load(signals, signal.stop) === 1) break;
    runners.get(Atomics.load(signals, signal.job))?.();
  } catch (error) {
    report(error);
  }
  Atomics.wait(signals, signal.generation, generation);
}
port.close();
