import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { DataError } from "../errors.ts";
import { type IdxArray, type IdxExpectation, parseIdx } from "./idx.ts";
import { unreadable } from "./unreadable.ts";

/**
 * The array of an IDX file, gunzipped first when the name ends in `.gz`.
 *
 * @throws DataError when the file is missing, unreadable, not gzip, truncated, of another format, or not as `expected`
 */
export function readIdx(path: string, expected: IdxExpectation = {}): IdxArray {
  const bytes = readBytes(path);
  return parseIdx(path.endsWith(".gz") ? gunzip(bytes, path) : bytes, path, expected);
}

/** Expands no further than this, so that a hostile archive cannot fill the memory. */
const largestArray = 2 ** 31;

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * The contents of a gzip file's bytes.
 *
 * @throws DataError when they are not gzip, are cut short, fail their checksum or expand to more than `limit` bytes
 */
export function gunzip(bytes: Uint8Array, file: string, limit = largestArray): Uint8Array {
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    const found = bytes.length === 0 ? "an empty file" : Buffer.from(bytes.subarray(0, 2)).toString("hex");
    throw new DataError(
      `${file} is not gzip data: found ${found} at offset 0, expected 1f8b. If it is already unpacked, rename it without ` +
        `.gz; otherwise replace it with an intact copy.`,
    );
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (cause) {
    const problem =
      (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"
        ? `expands to more than ${limit} bytes`
        : `cannot be unpacked (${(cause as Error).message}; ${bytes.length} bytes of gzip read)`;
    throw new DataError(`${file} ${problem}: it is truncated or corrupt. Replace it with an intact copy.`, { cause });
  }
}
