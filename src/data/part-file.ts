import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { DataError } from "../errors.ts";

/** A download in progress: written at explicit offsets, so that two downloads of one file cannot spoil each other. */
export class PartFile {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    /** Bytes already there when it was opened, at most `total`. */
    readonly received: number,
  ) {}

  /** Opens or creates the file; one longer than `total` bytes is emptied. Rejects with `DataError`. */
  static async open(path: string, total: number): Promise<PartFile> {
    const handle = await onDisk(path, () => open(path, constants.O_RDWR | constants.O_CREAT, 0o644));
    try {
      const { size } = await onDisk(path, () => handle.stat());
      if (size > total) await onDisk(path, () => handle.truncate(0));
      return new PartFile(path, handle, size > total ? 0 : size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await onDisk(this.path, () =>
        this.handle.write(bytes, done, bytes.length - done, position + done),
      );
      done += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await onDisk(this.path, () => this.handle.sync());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}

/** The SHA-256 of a file in hexadecimal, undefined when there is no such file. Rejects with `DataError`. */
export async function sha256(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw diskError(path, cause);
  }
  return hash.digest("hex");
}

/** Runs an operation of the file system on `path`, its failures as `DataError`. */
export async function onDisk<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    throw diskError(path, cause);
  }
}

function diskError(path: string, cause: unknown): DataError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const reason = diskReasons[code] ?? `${message}. Check the disk, or name another folder with --data DIR.`;
  return new DataError(`Cannot read or write ${path}: ${reason}`, { cause });
}

const resume = "What has arrived is kept, and the same command goes on from there.";
const elsewhere = "or name a folder elsewhere with --data DIR.";

const diskReasons: Record<string, string> = {
  ENOSPC: `no space is left on the disk (ENOSPC). Free some space, ${elsewhere} ${resume}`,
  EDQUOT: `the disk quota is used up (EDQUOT). Free some space, ${elsewhere} ${resume}`,
  EACCES: `permission denied. Give this user write permission, ${elsewhere}`,
  EPERM: `permission denied. Give this user write permission, ${elsewhere}`,
  EROFS: `the disk is read-only. Mount it for writing, ${elsewhere}`,
  ENOTDIR: "a part of the path is a file, expected a folder. Name another folder with --data DIR.",
  EEXIST: "a part of the path is a file, expected a folder. Name another folder with --data DIR.",
  EISDIR: "it is a folder, expected a file. Move it away.",
};
