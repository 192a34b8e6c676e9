import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { RunError } from "../errors.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { unwritable } from "./disk-error.ts";

/** A line of `metrics.jsonl`: of one update, or, with `validation`, of the held-out data after it. */
export interface MetricsLine {
  /** Updates done, from 1. */
  readonly iteration: number;
  readonly epoch?: number;
  /** Training loss of the batch before the update. */
  readonly loss?: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm?: number;
  /** Base learning rate times the schedule's factor. */
  readonly lr?: number;
  /** The task's metrics on the validation split. */
  readonly validation?: Readonly<Record<string, number>>;
}

/** Appends lines to `metrics.jsonl`; nothing in it depends on time, so a resumed run leaves the same file. */
export class MetricsLog {
  readonly path: string;
  private readonly kept: () => string;
  private pending = "";
  /** When; the first line goes out at once, however young the process is. */
  private flushed = Number.NEGATIVE_INFINITY;
  private handle: number | undefined;

  /** @param kept what a failed write leaves intact, as a sentence */
  constructor(path: string, kept: () => string = () => "") {
    this.path = path;
    this.kept = kept;
  }

  append(line: MetricsLine): void {
    this.pending += `${JSON.stringify(line)}\n`;
    if (this.pending.length >= flushCharacters || performance.now() - this.flushed >= flushMilliseconds) this.flush();
  }

  /** Hands what is pending to the operating system. @throws RunError when the disk is full or unwritable */
  flush(): void {
    if (this.pending === "") return;
    try {
      this.handle ??= openSync(this.path, "a");
      const bytes = Buffer.from(this.pending, "utf8");
      for (let written = 0; written < bytes.length; ) written += writeSync(this.handle, bytes, written);
      this.pending = "";
      this.flushed = performance.now();
    } catch (cause) {
      throw unwritable(this.path, cause, this.kept());
    }
  }

  /** `flush`, and waits for the disk. */
  sync(): void {
    this.flush();
    if (this.handle === undefined) return;
    try {
      fdatasyncSync(this.handle);
    } catch (cause) {
      throw unwritable(this.path, cause, this.kept());
    }
  }

  close(): void {
    if (this.handle === undefined) return;
    closeSync(this.handle);
    this.handle = undefined;
  }

  /** All whole lines. A last line cut short by a kill is left out. @throws RunError when a line is not JSON */
  read(): MetricsLine[] {
    this.flush();
    return readLines(this.path);
  }

  /** Removes everything after update `iteration`: what a killed run did after its last checkpoint. */
  cutBack(iteration: number): void {
    this.pending = "";
    this.close();
    const lines = readLines(this.path).filter((line) => line.iteration <= iteration);
    writeFileAtomic(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}

const flushCharacters = 4096;
/** Whoever watches the file sees it grow, however slow the steps. */
const flushMilliseconds = 1000;

function readLines(path: string): MetricsLine[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new RunError(`${path} cannot be read (${(cause as Error).message}). Give this user read permission.`, {
      cause,
    });
  }
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as MetricsLine;
    } catch (cause) {
      throw new RunError(
        `${path} is corrupt: line ${index + 1} is not JSON. Delete that line, or the whole file: training needs none of it.`,
        { cause },
      );
    }
  });
}
