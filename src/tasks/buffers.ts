import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";

/** The first `length` elements of `buffer`, or a new array when it is absent or too short. Their values are arbitrary. */
export function int32Buffer(buffer: Int32Array | undefined, length: number): Int32Array {
  if (buffer === undefined || buffer.length < length) return new Int32Array(length);
  return buffer.length === length ? buffer : buffer.subarray(0, length);
}

/** The float32 counterpart of `int32Buffer`; a float64 array counts as absent. */
export function float32Buffer(buffer: FloatArray | undefined, length: number): Float32Array {
  if (!(buffer instanceof Float32Array) || buffer.length < length) return new Float32Array(length);
  return buffer.length === length ? buffer : buffer.subarray(0, length);
}

/** Throws `UsageError` unless `rows` can be the number of rows of a batch. */
export function requireRows(rows: number): void {
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new UsageError(`A batch of ${rows} rows does not exist; give a whole number of at least 1.`);
  }
}

/** Throws `UsageError` unless `iteration` and `rows` select a training batch. */
export function requireBatch(iteration: number, rows: number): void {
  requireRows(rows);
  if (!Number.isSafeInteger(iteration) || iteration < 0) {
    throw new UsageError(`The iteration is ${iteration}; iterations are whole numbers counted from 0.`);
  }
}
