import { existsSync } from "node:fs";
import { join } from "node:path";
import { datasets } from "../data/datasets.ts";
import { dataDirectory } from "../data/directory.ts";
import { type DownloadProgress, downloadDataset } from "../data/download.ts";
import { interruptible } from "./interrupt.ts";
import { formatBytes, table, writeJson, writeLine } from "./output.ts";

interface DataOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** `stiefel data list`. */
export async function dataList({ data, json = false }: DataOptions): Promise<void> {
  const directory = dataDirectory({ dataDir: data });
  const known = datasets.map(({ name, description, licence, files }) => ({
    name,
    description,
    licence,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    folder: join(directory, name),
    complete: files.every((file) => existsSync(join(directory, name, file.name))),
  }));
  if (json) return writeJson(known);
  const rows = known.map(({ name, description, licence, bytes, folder, complete }) => [
    name,
    complete ? `in ${folder}` : `not in ${folder}: stiefel data get ${name}`,
    `${description}; ${formatBytes(bytes)}; ${licence}`,
  ]);
  writeLine(table(rows));
}

/** `stiefel data get NAME`. */
export async function dataGet(
  name: string,
  { data, mirror, json = false }: DataOptions & { readonly mirror?: readonly string[] },
): Promise<void> {
  const directory = dataDirectory({ dataDir: data });
  const { signal, release } = interruptible();
  const live = process.stdout.isTTY && !json;
  let drawn = 0;
  const onProgress = (progress: DownloadProgress) => {
    const now = performance.now();
    if (now - drawn < (live ? 80 : 1000)) return;
    drawn = now;
    const { file, received, total } = progress;
    if (json) writeJson({ event: "progress", ...progress });
    else if (live) process.stdout.write(`\r${file}  ${formatBytes(received)} of ${formatBytes(total)}\x1b[K`);
    else writeLine(`${file}  ${formatBytes(received)} of ${formatBytes(total)}`);
  };
  try {
    const files = await downloadDataset(name, { directory, mirrors: mirror, signal, onProgress });
    if (json) return writeJson({ event: "end", dataset: name, folder: join(directory, name), files });
    for (const { path, status } of files) writeLine(`${live ? "\r\x1b[K" : ""}${path}  ${status}`);
  } finally {
    release();
  }
}
