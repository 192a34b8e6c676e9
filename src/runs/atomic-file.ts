import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { unwritable } from "./disk-error.ts";

/**
 * Replaces `path` by `content` so that, whatever kills the process or the machine, the file is either the old one or the
 * new one, whole: written to a temporary name in the same folder, synced, renamed, and the folder synced.
 *
 * @param options.previous a name in the same folder that receives the old content, if there was any
 * @throws RunError when the disk is full or the folder cannot be written; the old file is then untouched
 */
export function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  options: { readonly previous?: string; readonly kept?: string } = {},
): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.partial`);
  try {
    writeSynced(temporary, content);
    if (options.previous !== undefined) keepPrevious(path, join(folder, options.previous));
    renameSync(temporary, path);
    syncFolder(folder);
  } catch (cause) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The first failure is the one to report.
    }
    throw unwritable(path, cause, options.kept);
  }
}

function writeSynced(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const file = openSync(path, "w");
  try {
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(file, bytes, written, bytes.length - written);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A second name for the old content: `path` itself never disappears, as it would between two renames. */
function keepPrevious(path: string, previous: string): void {
  rmSync(previous, { force: true });
  try {
    linkSync(path, previous);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return;
    // File systems without hard links (exFAT, some network ones): a moment without `path`, but never without `previous`.
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS")
      renameSync(path, previous);
    else throw error;
  }
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some file systems cannot sync a folder.
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
  } finally {
    closeSync(handle);
  }
}
