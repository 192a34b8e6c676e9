import { RunError } from "../errors.ts";

/**
 * `RunError` for a failed write (or creation) of `path`, from the error the file system gave.
 *
 * @param kept what is unharmed and how to go on, as a sentence; "" when there is nothing to say
 */
export function unwritable(path: string, cause: unknown, kept = ""): RunError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const reason = reasons[code] ?? `could not be written: ${(cause as Error).message}. Check the disk and the path.`;
  return new RunError(`${path} ${reason}${kept === "" ? "" : ` ${kept}`}`, { cause });
}

const reasons: Record<string, string> = {
  ENOSPC: "could not be written: no space left on the disk. Free some space, or use another folder with --out DIR.",
  EDQUOT: "could not be written: the disk quota is used up. Free some space, or use another folder with --out DIR.",
  EFBIG: "could not be written: the file would be larger than allowed. Raise the limit (ulimit -f).",
  EACCES:
    "could not be written: permission denied. Give this user write permission, or use another folder with --out DIR.",
  EPERM:
    "could not be written: permission denied. Give this user write permission, or use another folder with --out DIR.",
  EROFS: "could not be written: the file system is read-only. Use another folder with --out DIR.",
  ENOTDIR: "could not be written: a part of the path is a file, expected a folder. Use another folder with --out DIR.",
  EEXIST: "could not be created: a file of that name is in the way. Use another folder with --out DIR.",
  ENOENT: "could not be written: the folder is gone. Was it moved or deleted meanwhile?",
  ENAMETOOLONG: "could not be written: the name is too long. Use another folder with --out DIR.",
  ELOOP: "could not be written: the symbolic links form a loop. Use another folder with --out DIR.",
  EIO: "could not be written: the disk reports an input/output error. Check the disk, or use another folder with --out DIR.",
};
