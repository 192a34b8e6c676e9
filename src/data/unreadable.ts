import { DataError } from "../errors.ts";

/** `DataError` for a failed read of `path`, from the error the file system gave. */
export function unreadable(path: string, cause: unknown): DataError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const reason = reasons[code] ?? `cannot be read: ${(cause as Error).message}. Check the disk and the path.`;
  return new DataError(`${path} ${reason}`, { cause });
}

const reasons: Record<string, string> = {
  ENOENT: "does not exist. Check the path.",
  EACCES: "cannot be read: permission denied. Give this user read permission.",
  EPERM: "cannot be read: permission denied. Give this user read permission.",
  EISDIR: "is a folder, expected a file. Check the path.",
  ENOTDIR: "cannot be reached: a part of the path is a file, expected a folder. Check the path.",
  ELOOP: "cannot be reached: the symbolic links form a loop. Check the path.",
};
