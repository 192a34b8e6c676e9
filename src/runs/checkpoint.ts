import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { RunError } from "../errors.ts";
import { encodeSafetensors, parseSafetensors, type Tensor, typeOf } from "./safetensors.ts";

/** Everything training needs to go on with the same bits. One file holds all of it. */
export interface Checkpoint {
  /** Updates done. */
  readonly iteration: number;
  /** Parameters under their own names; `optimizer.…`, `training.…` and `best.…` belong to the training loop. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The small rest, as JSON. */
  readonly state: Readonly<Record<string, unknown>>;
}

/**
 * A checkpoint as a safetensors file. Equal checkpoints give equal bytes: nothing here depends on time or place. The
 * metadata carry a SHA-256 over everything else, so that damage within the numbers is noticed too.
 */
export function encodeCheckpoint({ iteration, tensors, state }: Checkpoint): Uint8Array {
  const metadata = { format, iteration: String(iteration), state: JSON.stringify(state) };
  return encodeSafetensors({ tensors, metadata: { ...metadata, sha256: digest(metadata, tensors) } });
}

/** @throws RunError naming `file`, what is wrong, and the fix */
export function parseCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes, file);
  if (metadata.format !== format) {
    throw new RunError(
      `${file} is not a checkpoint of a training run: its metadata say format ${JSON.stringify(metadata.format)}, ` +
        `expected "${format}". Point to the checkpoint.safetensors of a run.`,
    );
  }
  const { sha256, ...rest } = metadata;
  if (sha256 !== digest(rest, tensors)) {
    throw new RunError(
      `${file} is corrupt: its content does not match its SHA-256. Replace the file with an intact copy.`,
    );
  }
  const iteration = Number(metadata.iteration);
  return { iteration, tensors, state: JSON.parse(metadata.state) as Record<string, unknown> };
}

/** @throws RunError when the file is missing, unreadable or corrupt */
export function readCheckpointFile(file: string): Checkpoint {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "does not exist" : `cannot be read (${message})`;
    throw new RunError(`${file} ${reason}.`, { cause });
  }
  return parseCheckpoint(bytes, file);
}

const format = "stiefel-checkpoint-1";

function digest(metadata: Readonly<Record<string, string>>, tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))));
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name) as Tensor;
    hash.update(JSON.stringify([name, typeOf(data), shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
