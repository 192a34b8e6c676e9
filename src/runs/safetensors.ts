import { RunError } from "../errors.ts";

/** The element types of the safetensors format that have a typed array, in the format's spelling. */
export type TensorType = "F64" | "F32" | "I64" | "U64" | "I32" | "U32" | "I16" | "U16" | "I8" | "U8";

export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A named array: `data` is row-major, its length the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file: the header's length as a little-endian u64, a JSON header, the tensors one after the
 * other. Equal content gives equal bytes. Source: huggingface/safetensors, README, "Format".
 *
 * @throws RunError when a shape does not fit its data or a name is reserved
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  // Widest elements first, so that every tensor starts at a multiple of its element size.
  const entries = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header[metadataKey] = metadata;
  let end = 0;
  for (const [name, { shape, data }] of entries) {
    if (name === metadataKey || name === "__proto__") throw new RunError(`A tensor cannot be called "${name}".`);
    if (elementCount(shape) !== data.length) {
      throw new RunError(`Tensor "${name}" has ${data.length} elements, its shape [${shape}] wants another number.`);
    }
    header[name] = { dtype: typeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  let text = Buffer.from(JSON.stringify(header), "utf8");
  text = Buffer.concat([text, Buffer.alloc(-text.length & 7, " ")]);
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let offset = 8 + text.length;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    if (!littleEndian) swapBytes(bytes.subarray(offset, offset + data.byteLength), data.BYTES_PER_ELEMENT);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors and metadata of a safetensors file, checked completely: header length, JSON, types, shapes, and offsets that
 * cover the data exactly once. The result never shares memory with `bytes`.
 *
 * @param file the name used in messages
 * @throws RunError naming `file`, what is wrong with it and what was expected
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const fail = (what: string): never => {
    throw new RunError(`${file} is corrupt: ${what}. Replace the file with an intact copy.`);
  };
  if (bytes.length < 8) fail(`${bytes.length} bytes, but a safetensors file begins with a header length of 8 bytes`);
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8)) {
    fail(`the header should be ${headerLength} bytes long, but only ${bytes.length - 8} follow`);
  }
  const dataStart = 8 + Number(headerLength);
  const header = parseHeader(bytes.subarray(8, dataStart), fail);
  const metadata = parseMetadata(header[metadataKey], fail);
  const ranges: { name: string; begin: number; end: number }[] = [];
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) continue;
    const { type, shape, begin, end } = parseEntry(name, entry, bytes.length - dataStart, fail);
    ranges.push({ name, begin, end });
    tensors.set(name, { shape, data: decode(bytes.subarray(dataStart + begin, dataStart + end), type) });
  }
  let covered = 0;
  for (const { name, begin, end } of ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      fail(
        `tensor "${name}" begins at data offset ${begin}, expected ${covered} (tensors neither overlap nor leave gaps)`,
      );
    }
    covered = end;
  }
  if (dataStart + covered !== bytes.length) {
    fail(`the tensors end at byte ${dataStart + covered}, but the file at byte ${bytes.length}`);
  }
  return { tensors, metadata };
}

/** The format's name of an array's element type. */
export function typeOf(data: TensorData): TensorType {
  const type = tensorTypes.find((name) => data instanceof arrays[name]);
  if (type === undefined) throw new RunError(`${Object.prototype.toString.call(data)} is not an array of numbers.`);
  return type;
}

const metadataKey = "__metadata__";

const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
} as const;
const tensorTypes = Object.keys(arrays) as TensorType[];

type Fail = (what: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    fail(`its header is not JSON in UTF-8 (${(error as Error).message})`);
  }
  return isRecord(header) ? header : fail("its header is not a JSON object");
}

function parseMetadata(metadata: unknown, fail: Fail): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) return fail("its __metadata__ is not a JSON object");
  const wrong = Object.entries(metadata).find(([, value]) => typeof value !== "string");
  if (wrong !== undefined) fail(`its __metadata__ "${wrong[0]}" is not a text`);
  return metadata as Record<string, string>;
}

function parseEntry(name: string, entry: unknown, dataLength: number, fail: Fail) {
  if (!isRecord(entry)) return fail(`the description of tensor "${name}" is not a JSON object`);
  const type = tensorTypes.find((known) => known === entry.dtype);
  if (type === undefined) {
    return fail(
      `tensor "${name}" has the type ${JSON.stringify(entry.dtype)}, expected one of ${tensorTypes.join(", ")}`,
    );
  }
  const shape = entry.shape;
  if (!isSizes(shape)) return fail(`tensor "${name}" has the shape ${JSON.stringify(shape)}, expected whole numbers`);
  const offsets = entry.data_offsets;
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1] || offsets[1] > dataLength) {
    return fail(
      `tensor "${name}" has the offsets ${JSON.stringify(offsets)}, expected [begin, end] within ${dataLength} bytes of data`,
    );
  }
  const [begin, end] = offsets;
  const wanted = elementCount(shape) * arrays[type].BYTES_PER_ELEMENT;
  if (end - begin !== wanted) {
    fail(`tensor "${name}" takes ${end - begin} bytes, but ${type} [${shape}] needs ${wanted}`);
  }
  return { type, shape, begin, end };
}

function decode(bytes: Uint8Array, type: TensorType): TensorData {
  const own = new Uint8Array(bytes);
  if (!littleEndian) swapBytes(own, arrays[type].BYTES_PER_ELEMENT);
  return new arrays[type](own.buffer);
}

function elementCount(shape: readonly number[]): number {
  // Dimensions can multiply to Infinity, and Infinity · 0 is not 0.
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function swapBytes(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}
