import { resolve } from "node:path";
import { RunError, StiefelError } from "../errors.ts";
import { type Config, parseConfig } from "../runs/config/config.ts";
import { mergeTrees, type Tree } from "../runs/config/tree.ts";
import type { Run } from "../runs/run.ts";
import { createExperiment, type Experiment } from "../train/experiment.ts";

/** What may change about a run that exists: where it computes, where its data lie, how long it goes on. */
export interface RunOverrides {
  readonly backend?: string;
  readonly threads?: number;
  readonly data?: string;
  readonly iterations?: number;
  readonly epochs?: number;
}

/**
 * The experiment of an existing run. Another length is for good: it goes into the run's `config.json`.
 *
 * @throws RunError when `config.json` is damaged, or another process trains the run
 */
export function openExperiment(run: Run, { backend, threads, data, iterations, epochs }: RunOverrides): Experiment {
  const stored = storedConfig(run) as unknown as Tree;
  const length =
    iterations !== undefined ? { iterations, epochs: null } : epochs !== undefined ? { epochs, iterations: null } : {};
  const lengthened = mergeTrees(stored, { training: length });
  const overrides = { backend, threads, ...(data !== undefined && { data: resolve(data) }) };
  const experiment = createExperiment(parseConfig(mergeTrees(lengthened, overrides)));
  if (Object.keys(length).length > 0) {
    const unlock = run.lock();
    run.writeFile("config.json", `${JSON.stringify(lengthened, undefined, 2)}\n`);
    unlock();
  }
  return experiment;
}

function storedConfig(run: Run): Config {
  try {
    return parseConfig(run.config());
  } catch (cause) {
    if (!(cause instanceof StiefelError) || cause instanceof RunError) throw cause;
    throw new RunError(`${run.path("config.json")} is damaged. ${cause.message}`, { cause });
  }
}
