import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunError, UsageError } from "../errors.ts";
import { type Checkpoint, encodeCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { createRun, openRun, type Run, type RunState } from "./run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stiefel-runs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function checkpoint(iteration: number, size = 4): Checkpoint {
  const data = Float32Array.from({ length: size }, (_, i) => i + iteration);
  return { iteration, tensors: new Map([["head.bias", { shape: [size], data }]]), state: { loss: 0.25 } };
}

function write(run: Run, iteration: number, size?: number): void {
  const state: RunState = { iteration, iterations: 100, finished: false, seconds: 1 };
  run.writeCheckpoint(checkpoint(iteration, size), state);
}

function message(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(RunError);
    return (error as Error).message;
  }
  throw new Error("expected an error");
}

describe("checkpoint", () => {
  it("gives equal bytes for equal content and everything back", () => {
    expect(encodeCheckpoint(checkpoint(3))).toEqual(encodeCheckpoint(checkpoint(3)));
    expect(parseCheckpoint(encodeCheckpoint(checkpoint(3)), "x")).toEqual(checkpoint(3));
  });

  it("notices every flipped bit that changes the content", () => {
    const good = encodeCheckpoint(checkpoint(3));
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), (bit) => {
        const bytes = good.slice();
        bytes[bit >> 3] ^= 1 << (bit & 7);
        let read: Checkpoint;
        try {
          read = parseCheckpoint(bytes, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(RunError);
          return;
        }
        expect(read).toEqual(checkpoint(3));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("run folder", () => {
  it("keeps configuration, metrics, state and the last two checkpoints", () => {
    const run = createRun(join(folder, "a"), { seed: 1 });
    write(run, 10);
    run.metrics.append({ iteration: 11, loss: 0.5 });
    write(run, 20);
    const again = openRun(join(folder, "a"));
    expect(again.config()).toEqual({ seed: 1 });
    expect(again.name).toBe("a");
    expect(again.state()?.iteration).toBe(20);
    expect(again.readCheckpoint()).toEqual(checkpoint(20));
    expect(again.readCheckpoint({ previous: true })).toEqual(checkpoint(10));
    expect(again.metrics.read()).toEqual([{ iteration: 11, loss: 0.5 }]);
    expect(readdirSync(run.folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("cuts the metrics back to an iteration, with a last line cut short by a kill", () => {
    const run = createRun(join(folder, "a"), {});
    for (let iteration = 1; iteration <= 300; iteration++) run.metrics.append({ iteration, loss: 1 / iteration });
    run.metrics.flush();
    appendFileSync(run.metrics.path, '{"iteration":301,"lo');
    run.metrics.cutBack(200);
    expect(run.metrics.read()).toHaveLength(200);
    run.metrics.append({ iteration: 201, loss: 2 });
    expect(run.metrics.read().at(-1)).toEqual({ iteration: 201, loss: 2 });
  });

  it("refuses to write into a folder that holds something", () => {
    createRun(join(folder, "a"), {});
    expect(() => createRun(join(folder, "a"), {})).toThrow(UsageError);
    expect(() => createRun(join(folder, "a"), {})).toThrow(/is not empty.*stiefel resume .*--out DIR/);
    mkdirSync(join(folder, "empty"));
    createRun(join(folder, "empty"), {});
  });

  it("names the closest runs for a wrong name", () => {
    createRun(join(folder, "copying-1"), {});
    expect(() => openRun(join(folder, "coping-1"))).toThrow(UsageError);
    expect(() => openRun(join(folder, "coping-1"))).toThrow(/Did you mean .*copying-1\?/);
  });

  it("lets one process at a time train, and takes over from one that was killed", () => {
    const run = createRun(join(folder, "a"), {});
    writeFileSync(run.path("lock"), `${process.ppid}\n`);
    expect(message(() => run.lock())).toMatch(/is being trained by process \d+/);
    writeFileSync(run.path("lock"), "999999999\n");
    const release = run.lock();
    expect(readFileSync(run.path("lock"), "utf8")).toBe(`${process.pid}\n`);
    release();
    expect(readdirSync(run.folder)).not.toContain("lock");
  });

  it("says what is wrong with a corrupt checkpoint and that the previous one is intact", () => {
    const run = createRun(join(folder, "a"), {});
    write(run, 10);
    write(run, 20);
    const bytes = readFileSync(run.path("checkpoint.safetensors"));
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(run.path("checkpoint.safetensors"), bytes);
    expect(message(() => run.readCheckpoint())).toMatch(
      /checkpoint\.safetensors is corrupt: .*SHA-256.*checkpoint\.previous\.safetensors of iteration 10 is intact.*--previous/,
    );
    writeFileSync(run.path("checkpoint.safetensors"), bytes.subarray(0, 100));
    expect(message(() => run.readCheckpoint())).toMatch(/is corrupt: .*iteration 10 is intact/);
    rmSync(run.path("checkpoint.previous.safetensors"));
    expect(message(() => run.readCheckpoint())).toMatch(/no other intact checkpoint/);
    rmSync(run.path("checkpoint.safetensors"));
    expect(message(() => run.readCheckpoint())).toMatch(/checkpoint\.safetensors does not exist/);
  });

  it("leaves the earlier checkpoint alone when a write fails", () => {
    const run = createRun(join(folder, "a"), {});
    write(run, 10);
    symlinkSync("/dev/full", run.path(".checkpoint.safetensors.partial"));
    expect(message(() => write(run, 20))).toMatch(
      /no space left on the disk\. Free some space.*The checkpoint of iteration 10 in \S+ is intact.*stiefel resume/,
    );
    expect(run.readCheckpoint()).toEqual(checkpoint(10));
    write(run, 20);
    expect(run.readCheckpoint({ previous: true })).toEqual(checkpoint(10));
  });

  it("says so when the metrics cannot be appended", () => {
    const run = createRun(join(folder, "a"), {});
    write(run, 10);
    rmSync(run.metrics.path);
    symlinkSync("/dev/full", run.metrics.path);
    expect(message(() => run.metrics.append({ iteration: 11, loss: 1 }))).toMatch(
      /metrics\.jsonl could not be written: no space left.*iteration 10 in \S+ is intact/,
    );
  });

  it("says so when the folder cannot be made", () => {
    writeFileSync(join(folder, "file"), "");
    expect(message(() => createRun(join(folder, "file"), {}))).toMatch(/a file of that name is in the way/);
    expect(message(() => createRun(join(folder, "file", "run"), {}))).toMatch(/a part of the path is a file/);
  });
});

describe("a really full disk", () => {
  it("gives one paragraph and keeps the checkpoint before", (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("needs the right to mount");
    }
    try {
      const run = createRun(join(disk, "run"), {});
      write(run, 10, 20_000);
      write(run, 20, 20_000);
      expect(message(() => write(run, 30, 60_000))).toMatch(/no space left.*iteration 20 in \S+ is intact/);
      expect(run.readCheckpoint()).toEqual(checkpoint(20, 20_000));
      write(run, 30, 10_000);
      expect(run.readCheckpoint()).toEqual(checkpoint(30, 10_000));
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
