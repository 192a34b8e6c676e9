import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { RunError } from "../errors.ts";
import { unwritable } from "./disk-error.ts";

/**
 * Claims `path` for this process until the returned function is called. The lock of a process that no longer lives (it
 * was killed) is taken over.
 *
 * @throws RunError when another living process holds it, or the folder cannot be written
 */
export function acquireLock(path: string): () => void {
  for (let attempt = 0; ; attempt++) {
    try {
      claim(path);
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(path, cause);
      const holder = readHolder(path);
      if (attempt > 0 || isAlive(holder)) {
        throw new RunError(
          `The run is being trained by process ${holder}. Wait for it or stop it; if that process is something else, ` +
            `delete ${path}.`,
          { cause },
        );
      }
      rmSync(path, { force: true });
    }
  }
}

/** Makes the lock with its holder's number in it at once, so that nobody reads an empty one. Fails if there is one. */
function claim(path: string): void {
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, `${process.pid}\n`);
    linkSync(own, path);
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(path: string): number {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10);
  } catch {
    return Number.NaN;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
