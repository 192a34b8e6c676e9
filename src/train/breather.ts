import { setImmediate } from "node:timers/promises";

/** Lets the event loop run now and then within long computations, so that signals and timers are served. */
export class Breather {
  private last = performance.now();

  /** Whether `milliseconds` have passed since the latest pause. */
  isDue(milliseconds = 50): boolean {
    return performance.now() - this.last >= milliseconds;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.last = performance.now();
  }
}
