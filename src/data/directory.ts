import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UsageError } from "../errors.ts";

/** Where to look for data sets. */
export interface DataLocation {
  /** The folder of `--data DIR`. */
  readonly dataDir?: string | undefined;
  /** The environment to read `STIEFEL_DATA` and `XDG_DATA_HOME` from; the process's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The absolute path of the folder that holds `mnist/`, `ptb/` …: `dataDir` if given, else the variable STIEFEL_DATA, else
 * the user's own `$XDG_DATA_HOME/stiefel` (`~/.local/share/stiefel`). It need not exist.
 *
 * @throws UsageError when `dataDir` is the empty string
 */
export function dataDirectory({ dataDir, env = process.env }: DataLocation = {}): string {
  if (dataDir === "") {
    throw new UsageError(`The data folder is "" (empty), expected the path of a folder that holds mnist/: --data DIR.`);
  }
  const named = dataDir ?? env.STIEFEL_DATA;
  if (named) return resolve(named);
  // The XDG specification has relative and empty values ignored.
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".local", "share"), "stiefel");
}
