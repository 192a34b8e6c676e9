import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { closestNames, RunError, UsageError } from "../errors.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { type Checkpoint, encodeCheckpoint, readCheckpointFile } from "./checkpoint.ts";
import { unwritable } from "./disk-error.ts";
import { acquireLock } from "./lock.ts";
import { MetricsLog } from "./metrics-log.ts";

/** The readable companion of a checkpoint; nothing needs it to go on. */
export interface RunState {
  readonly iteration: number;
  readonly iterations: number;
  readonly finished: boolean;
  /** Wall-clock seconds of training so far, over all resumptions. */
  readonly seconds: number;
  readonly [key: string]: unknown;
}

/**
 * A run is a folder: `config.json` (resolved), `metrics.jsonl`, `checkpoint.safetensors` (parameters, optimiser tensors,
 * iteration: all that resuming needs), the checkpoint before it, `state.json` (the same for people), `README.md`.
 */
export class Run {
  readonly folder: string;
  readonly metrics: MetricsLog;

  constructor(folder: string) {
    this.folder = folder;
    this.metrics = new MetricsLog(join(folder, "metrics.jsonl"), () => this.kept());
  }

  get name(): string {
    return basename(resolve(this.folder));
  }

  /** The configuration as it was stored. @throws RunError when it is missing or not JSON */
  config(): unknown {
    return readJson(this.path("config.json"), "Restore it from a copy, or train again");
  }

  /** `state.json`; undefined before the first checkpoint. */
  state(): RunState | undefined {
    try {
      return readJson(this.path("state.json"), "") as RunState;
    } catch {
      return undefined;
    }
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** @throws RunError when the disk is full or the folder cannot be written; earlier checkpoints stay intact */
  writeFile(file: string, content: string): void {
    writeFileAtomic(this.path(file), content, { kept: this.kept() });
  }

  /** Metrics first, then the checkpoint in one piece, then its companion: a kill in between loses nothing. */
  writeCheckpoint(checkpoint: Checkpoint, state: RunState): void {
    const kept = this.kept();
    this.metrics.sync();
    writeFileAtomic(this.path(checkpointFile), encodeCheckpoint(checkpoint), { previous: previousFile, kept });
    this.lastCheckpoint = checkpoint.iteration;
    writeFileAtomic(this.path("state.json"), `${JSON.stringify(state, undefined, 2)}\n`, { kept: this.kept() });
  }

  /** Whether training got as far as its first checkpoint. */
  hasCheckpoint(): boolean {
    return isFile(this.path(checkpointFile)) || isFile(this.path(previousFile));
  }

  /**
   * The latest checkpoint, or with `previous` the one before it.
   *
   * @throws RunError when there is none or it is corrupt, naming the other one if that is intact
   */
  readCheckpoint({ previous = false } = {}): Checkpoint {
    try {
      const checkpoint = readCheckpointFile(this.path(previous ? previousFile : checkpointFile));
      this.lastCheckpoint = checkpoint.iteration;
      return checkpoint;
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      throw new RunError(`${error.message} ${this.otherCheckpoint(previous)}`, { cause: error });
    }
  }

  /** Claims the folder for this process. @throws RunError when another one is training here */
  lock(): () => void {
    return acquireLock(this.path("lock"));
  }

  private lastCheckpoint: number | undefined;

  /** Which checkpoint an error leaves intact and how to go on from it, as a sentence. */
  kept(): string {
    if (this.lastCheckpoint === undefined) return "No checkpoint had been written yet.";
    return (
      `The checkpoint of iteration ${this.lastCheckpoint} in ${this.folder} is intact: then go on with ` +
      `"stiefel resume ${this.folder}".`
    );
  }

  private otherCheckpoint(triedPrevious: boolean): string {
    const file = triedPrevious ? checkpointFile : previousFile;
    try {
      const { iteration } = readCheckpointFile(this.path(file));
      const option = triedPrevious ? "" : " --previous";
      return `${file} of iteration ${iteration} is intact: go on from it with "stiefel resume ${this.folder}${option}".`;
    } catch {
      return `There is no other intact checkpoint in ${this.folder}: train again from the start.`;
    }
  }
}

/**
 * A new run in `folder`, which must be new or empty.
 *
 * @throws UsageError when it already holds something
 * @throws RunError when it cannot be created or written
 */
export function createRun(folder: string, config: unknown): Run {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const present = listFolder(folder);
  if (present.length > 0) {
    const advice = present.includes("config.json")
      ? `Go on with it by "stiefel resume ${folder}", or name another folder with --out DIR.`
      : "Name another folder with --out DIR.";
    throw new UsageError(`${folder} is not empty (it holds ${present.slice(0, 3).join(", ")}). ${advice}`);
  }
  try {
    writeFileSync(join(folder, "metrics.jsonl"), "");
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const run = new Run(folder);
  writeFileAtomic(run.path("config.json"), `${JSON.stringify(config, undefined, 2)}\n`);
  return run;
}

/**
 * An existing run: the path of its folder, or its name within `runs/`.
 *
 * @throws UsageError with the closest names when there is no such run
 */
export function openRun(folder: string): Run {
  for (const candidate of [folder, join("runs", folder)]) {
    if (isFile(join(candidate, "config.json"))) return new Run(candidate);
  }
  if (isFile(folder)) {
    throw new UsageError(`${folder} is a file, expected the folder of a run: ${dirname(folder)}?`);
  }
  const parent = dirname(folder) === "." ? "runs" : dirname(folder);
  const known = listFolder(parent).filter((name) => isFile(join(parent, name, "config.json")));
  const close = closestNames(basename(folder), known);
  const hint = close.length > 0 ? ` Did you mean ${close.map((name) => join(parent, name)).join(" or ")}?` : "";
  const found = `${known.length === 0 ? "no runs" : known.slice(-5).join(", ")}`;
  throw new UsageError(`${folder} is not a run: it has no config.json.${hint} ${parent} holds ${found}.`);
}

const checkpointFile = "checkpoint.safetensors";
const previousFile = "checkpoint.previous.safetensors";

function readJson(path: string, fix: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? "is corrupt" : "cannot be read";
    throw new RunError(`${path} ${what} (${(cause as Error).message}). ${fix}.`, { cause });
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
