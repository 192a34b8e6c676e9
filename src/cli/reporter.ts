import type { Callback } from "../train/callback.ts";
import type { RunResult } from "../train/train-run.ts";

export interface FinishedRun extends RunResult {
  readonly metrics: Readonly<Record<string, number>>;
}

/** What becomes visible of a training. */
export interface Reporter {
  /** `iteration`: updates done in earlier sessions. */
  start(iteration: number): void;
  readonly callback: Callback;
  interrupted(iteration: number): void;
  end(result: FinishedRun): void;
}
