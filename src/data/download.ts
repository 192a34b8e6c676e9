import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { type Dataset, type DatasetFile, findDataset } from "./datasets.ts";
import { fileUrls, resolveMirrors } from "./mirrors.ts";
import { onDisk, sha256 } from "./part-file.ts";
import { transfer } from "./transfer.ts";

export interface DownloadProgress {
  readonly file: string;
  readonly url: string;
  /** Bytes of `file` that have arrived, those of earlier attempts included. */
  readonly received: number;
  readonly total: number;
}

export interface DownloadOptions {
  /** The folder that holds `mnist/`, see `dataDirectory`; created when absent. */
  readonly directory: string;
  /** Base URLs in the order to try; by default the variable STIEFEL_MIRRORS (comma-separated), else the data set's own. */
  readonly mirrors?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Milliseconds without a byte after which a connection is given up; 30 000 by default. */
  readonly idleTimeout?: number | undefined;
}

export interface DownloadedFile {
  readonly path: string;
  /** Whether it was fetched now or had been there, with the right checksum. */
  readonly status: "downloaded" | "present";
}

/**
 * Brings a data set into `directory`/name. Each file is fetched into `FILE.part`, going on where an earlier attempt was
 * cut off, from the first mirror that serves it; its SHA-256 is verified before it takes its name in one rename. A partial
 * file is kept for the next attempt, a corrupt one removed.
 *
 * @param dataset a name of `datasets`, or a description of one's own
 * @throws UsageError for an unknown name or a malformed mirror
 * @throws DataError when every mirror fails, the disk is full or not writable, or `signal` aborts
 */
export async function downloadDataset(dataset: string | Dataset, options: DownloadOptions): Promise<DownloadedFile[]> {
  const known = typeof dataset === "string" ? findDataset(dataset) : dataset;
  const mirrors = resolveMirrors(known, options.mirrors);
  const folder = join(options.directory, known.name);
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
  const results: DownloadedFile[] = [];
  for (const file of known.files) results.push(await downloadFile(known.name, file, folder, mirrors, options));
  return results;
}

async function downloadFile(
  dataset: string,
  file: DatasetFile,
  folder: string,
  mirrors: readonly string[],
  options: DownloadOptions,
): Promise<DownloadedFile> {
  const path = join(folder, file.name);
  const part = `${path}.part`;
  if ((await sha256(path)) === file.sha256) return { path, status: "present" };
  const failures: string[] = [];
  try {
    for (const url of mirrors.flatMap((mirror) => fileUrls(mirror, dataset, file.name))) {
      options.signal?.throwIfAborted();
      const failure = await fetchVerified(url, file, part, options);
      if (failure === undefined) {
        await onDisk(path, () => rename(part, path));
        return { path, status: "downloaded" };
      }
      failures.push(`${url} ${failure}`);
    }
  } catch (error) {
    if (!options.signal?.aborted || error instanceof DataError) throw error;
    throw new DataError(`The download of ${file.name} was stopped.${await kept(part)}`, { cause: error });
  }
  throw new DataError(
    `${file.name} of ${dataset} could not be downloaded from any mirror: ${failures.join("; ")}.${await kept(part)} ` +
      `Check the network, name other mirrors in STIEFEL_MIRRORS (base URLs, comma-separated), or put the files into ` +
      `${folder} by hand.`,
  );
}

/** Fetches the whole of `file` into `part` and checks it. Resolves to what went wrong, undefined when nothing did. */
async function fetchVerified(
  url: string,
  file: DatasetFile,
  part: string,
  { signal, onProgress, idleTimeout = 30_000 }: DownloadOptions,
): Promise<string | undefined> {
  const onReceived = (received: number) => onProgress?.({ file: file.name, url, received, total: file.size });
  let inherited = (await sizeOf(part)) > 0;
  for (;;) {
    const outcome = await transfer(url, file, part, { signal, idleTimeout, onReceived });
    if (outcome.kind === "refused") return outcome.reason;
    if (outcome.kind === "interrupted") {
      if (outcome.gained > 0) continue;
      return outcome.reason;
    }
    const found = await sha256(part);
    if (found === file.sha256) return undefined;
    await onDisk(part, () => rm(part, { force: true }));
    // The fault may lie in bytes left by another mirror: this one gets a chance to send all of them.
    if (!inherited) return `sends a file with the wrong checksum (SHA-256 ${found}, expected ${file.sha256})`;
    inherited = false;
  }
}

/** The sentence on what is left for the next attempt; an empty partial file is cleared away. */
async function kept(part: string): Promise<string> {
  const size = await sizeOf(part);
  if (size > 0) return ` ${size} bytes are kept in ${part}, and the same command goes on from there.`;
  await onDisk(part, () => rm(part, { force: true }));
  return "";
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
