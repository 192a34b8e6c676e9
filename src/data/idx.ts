import { DataError } from "../errors.ts";

/** The element types of the IDX format, by name. */
export type IdxType = "uint8" | "int8" | "int16" | "int32" | "float32" | "float64";

/** The values of an IDX file, in the typed array of their type and the byte order of this machine. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** An n-dimensional array: `data` is row-major, its length the product of `shape`. */
export interface IdxArray {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly data: IdxData;
}

/** What a reader insists on: the element type, and the dimensions with `undefined` where any size will do. */
export interface IdxExpectation {
  readonly type?: IdxType;
  readonly shape?: readonly (number | undefined)[];
}

/**
 * An array in the IDX format of the MNIST files: two zero bytes, a type byte, the number of dimensions, each dimension
 * as a big-endian uint32, then the values, big-endian and row-major, and nothing after them.
 *
 * The result never shares memory with `bytes`. Source: LeCun, Cortes and Burges, "The MNIST database", file formats.
 *
 * @param file the name used in messages
 * @throws DataError naming `file`, the byte offset, what was found, what was expected and the fix
 */
export function parseIdx(bytes: Uint8Array, file: string, expected: IdxExpectation = {}): IdxArray {
  const { type, shape, headerBytes } = parseIdxHeader(bytes, file);
  expectArray(file, type, shape, expected);
  const { bytes: width } = elementTypes[type];
  // Up to 255 dimensions can multiply to Infinity, and Infinity · 0 is not 0.
  const wanted = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, width);
  const found = bytes.length - headerBytes;
  if (found < wanted) {
    throw new DataError(
      `${file} is truncated: its header promises ${shape.join(" × ")} ${type} values, ${wanted} bytes from offset ` +
        `${headerBytes}, but the file ends at offset ${bytes.length} after ${found} of them. ${restore}`,
    );
  }
  if (found > wanted) {
    throw new DataError(
      `${file} has the wrong size: its header promises ${shape.join(" × ")} ${type} values, which end at offset ` +
        `${headerBytes + wanted}, but ${found - wanted} more bytes follow. ${restore}`,
    );
  }
  return { type, shape, data: decode(bytes.subarray(headerBytes), type) };
}

const restore = "Replace the file with an intact copy.";

const elementTypes: Record<IdxType, { code: number; bytes: number }> = {
  uint8: { code: 0x08, bytes: 1 },
  int8: { code: 0x09, bytes: 1 },
  int16: { code: 0x0b, bytes: 2 },
  int32: { code: 0x0c, bytes: 4 },
  float32: { code: 0x0d, bytes: 4 },
  float64: { code: 0x0e, bytes: 8 },
};
const typeNames = Object.keys(elementTypes) as IdxType[];

function parseIdxHeader(bytes: Uint8Array, file: string): { type: IdxType; shape: number[]; headerBytes: number } {
  if (bytes.length < 4) {
    throw new DataError(
      `${file} is truncated: an IDX file begins with a magic number of 4 bytes, but the file ends at offset ` +
        `${bytes.length}. ${restore}`,
    );
  }
  const [zero0, zero1, code, rank] = bytes;
  if (zero0 !== 0 || zero1 !== 0) {
    const hint = zero0 === 0x1f && zero1 === 0x8b ? " These are gzip data: give the file a name that ends in .gz." : "";
    throw new DataError(
      `${file} is not an IDX file: wrong magic number ${hex(bytes.subarray(0, 4))} at offset 0, expected two zero ` +
        `bytes, a type and a number of dimensions (00 00 08 03 for images).${hint || ` ${restore}`}`,
    );
  }
  const type = typeNames.find((name) => elementTypes[name].code === code);
  if (type === undefined) {
    const known = typeNames.map((name) => `${hex([elementTypes[name].code])} ${name}`).join(", ");
    throw new DataError(`${file}: unknown IDX type ${hex([code])} at offset 2, expected one of ${known}. ${restore}`);
  }
  if (rank === 0) {
    throw new DataError(`${file}: found 0 dimensions at offset 3, expected at least 1. ${restore}`);
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    throw new DataError(
      `${file} is truncated: its header of ${rank} dimensions needs ${headerBytes} bytes, but the file ends at offset ` +
        `${bytes.length}. ${restore}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  return { type, shape: Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis)), headerBytes };
}

function expectArray(file: string, type: IdxType, shape: readonly number[], expected: IdxExpectation): void {
  if (expected.type !== undefined && type !== expected.type) {
    throw new DataError(`${file} holds ${type} values (type byte at offset 2), expected ${expected.type}. ${restore}`);
  }
  const wanted = expected.shape;
  if (wanted === undefined) return;
  if (shape.length !== wanted.length || wanted.some((size, axis) => size !== undefined && size !== shape[axis])) {
    const pattern = wanted.map((size) => size ?? "any").join(" × ");
    throw new DataError(
      `${file} has the dimensions ${shape.join(" × ")} (from offset 3), expected ${pattern}. Check that this is the file ` +
        `its name says, or replace it with an intact copy.`,
    );
  }
}

function decode(values: Uint8Array, type: IdxType): IdxData {
  const own = new Uint8Array(values);
  switch (type) {
    case "uint8":
      return own;
    case "int8":
      return new Int8Array(own.buffer);
    case "int16":
      return new Int16Array(toNative(own.buffer, 2));
    case "int32":
      return new Int32Array(toNative(own.buffer, 4));
    case "float32":
      return new Float32Array(toNative(own.buffer, 4));
    case "float64":
      return new Float64Array(toNative(own.buffer, 8));
  }
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function toNative(buffer: ArrayBuffer, width: 2 | 4 | 8): ArrayBuffer {
  if (littleEndian) {
    const bytes = Buffer.from(buffer);
    if (width === 2) bytes.swap16();
    else if (width === 4) bytes.swap32();
    else bytes.swap64();
  }
  return buffer;
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
