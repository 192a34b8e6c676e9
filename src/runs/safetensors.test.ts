import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunError } from "../errors.ts";
import { encodeSafetensors, parseSafetensors, type Tensor, type TensorData, typeOf } from "./safetensors.ts";

const arrays = [
  Float64Array,
  Float32Array,
  BigInt64Array,
  BigUint64Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
];

/** Tensors of every type with arbitrary bits, NaN payloads and empty shapes included. */
const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...arrays), fc.array(fc.nat(4), { maxLength: 3 }), fc.infiniteStream(fc.nat(255)))
  .map(([array, shape, bytes]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const buffer = Uint8Array.from({ length: count * array.BYTES_PER_ELEMENT }, () => bytes.next().value).buffer;
    return { shape, data: new array(buffer) };
  });
const file = fc.record({
  tensors: fc
    .dictionary(fc.string({ minLength: 1 }), tensor, { maxKeys: 5, noNullPrototype: true })
    .map((record) => new Map(Object.entries(record).filter(([name]) => name !== "__proto__"))),
  metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }).map((record) => ({ ...record })),
});

function bits(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe("safetensors", () => {
  it("gives back every bit of every type and shape", () => {
    fc.assert(
      fc.property(file, (content) => {
        const parsed = parseSafetensors(encodeSafetensors(content), "x.safetensors");
        expect(parsed.metadata).toEqual(content.metadata);
        expect([...parsed.tensors.keys()].sort()).toEqual([...content.tensors.keys()].sort());
        for (const [name, { shape, data }] of content.tensors) {
          const read = parsed.tensors.get(name) as Tensor;
          expect(read.shape).toEqual(shape);
          expect(typeOf(read.data)).toBe(typeOf(data));
          expect(bits(read.data)).toEqual(bits(data));
        }
      }),
    );
  });

  it("writes the published layout", () => {
    const bytes = encodeSafetensors({
      tensors: new Map([["w", { shape: [1, 2], data: new Float32Array([1, -2]) }]]),
      metadata: { format: "pt" },
    });
    const header = '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    const length = Math.ceil(header.length / 8) * 8;
    expect(Buffer.from(bytes.subarray(0, 8)).readBigUInt64LE()).toBe(BigInt(length));
    expect(Buffer.from(bytes.subarray(8, 8 + length)).toString()).toBe(header.padEnd(length));
    expect(Buffer.from(bytes.subarray(8 + length)).toString("hex")).toBe("0000803f000000c0");
  });

  it("never crashes and never reads past the data, whatever bytes it is given", () => {
    const good = encodeSafetensors({
      tensors: new Map<string, Tensor>([
        ["layers.0.W.theta", { shape: [3], data: new Float64Array([1, 2, 3]) }],
        ["head.bias", { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }],
      ]),
      metadata: { iteration: "7" },
    });
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const check = (bytes: Uint8Array) => {
      try {
        const { tensors } = parseSafetensors(bytes, "x.safetensors");
        for (const { shape, data } of tensors.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(RunError);
        expect((error as Error).message).toMatch(/^x\.safetensors is corrupt: .+/);
      }
    };
    fc.assert(
      fc.property(damage, fc.nat(good.length), (edits, end) => {
        const bytes = good.slice();
        for (const [at, value] of edits) bytes[at] = value;
        check(bytes);
        check(bytes.subarray(0, end));
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check));
    const json = fc.json({ maxDepth: 4 }).map((text) => {
      const header = Buffer.from(text);
      return Buffer.concat([Buffer.from(new BigUint64Array([BigInt(header.length)]).buffer), header, Buffer.alloc(8)]);
    });
    fc.assert(fc.property(json, check));
  });

  it.each([
    ["an empty file", () => new Uint8Array(), /0 bytes, but a safetensors file begins with a header length/],
    ["a header longer than the file", () => withHeader("{}", 0, 1000n), /the header should be 1000 bytes long/],
    [
      "a huge header length",
      () => withHeader("{}", 0, 0xffffffffffffffffn),
      /the header should be 18446744073709551615/,
    ],
    ["no JSON", () => withHeader('{"w": ', 0), /its header is not JSON/],
    ["an array as header", () => withHeader("[]", 0), /not a JSON object/],
    ["an unknown type", () => withHeader(entry("F8", [2], [0, 2]), 2), /the type "F8", expected one of F64/],
    ["a negative size", () => withHeader(entry("U8", [-2], [0, 2]), 2), /the shape \[-2\], expected whole numbers/],
    ["a fractional size", () => withHeader(entry("U8", [1.5], [0, 2]), 2), /the shape \[1.5\]/],
    ["offsets past the end", () => withHeader(entry("U8", [4], [0, 4]), 2), /expected \[begin, end\] within 2 bytes/],
    ["offsets that go back", () => withHeader(entry("U8", [2], [2, 0]), 2), /offsets \[2,0\]/],
    [
      "offsets that do not fit the shape",
      () => withHeader(entry("F32", [2], [0, 4]), 4),
      /takes 4 bytes, but F32 \[2\] needs 8/,
    ],
    ["a shape that overflows", () => withHeader(entry("U8", [2 ** 52, 2 ** 52], [0, 2]), 2), /needs/],
    [
      "bytes after the last tensor",
      () => withHeader(entry("U8", [2], [0, 2]), 3),
      /the tensors end at byte .* but the file/,
    ],
    ["a gap before the first", () => withHeader(entry("U8", [2], [1, 3]), 3), /begins at data offset 1, expected 0/],
    [
      "overlapping tensors",
      () =>
        withHeader(
          '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
          3,
        ),
      /tensor "b" begins at data offset 1, expected 2/,
    ],
    ["metadata that are no texts", () => withHeader('{"__metadata__":{"a":1}}', 0), /__metadata__ "a" is not a text/],
  ])("names what is wrong with %s", (_, make, message) => {
    expect(() => parseSafetensors(make(), "x.safetensors")).toThrow(RunError);
    expect(() => parseSafetensors(make(), "x.safetensors")).toThrow(message);
  });
});

function entry(dtype: string, shape: number[], offsets: number[]): string {
  return JSON.stringify({ w: { dtype, shape, data_offsets: offsets } });
}

function withHeader(header: string, dataLength: number, length = BigInt(header.length)): Uint8Array {
  return Buffer.concat([
    Buffer.from(new BigUint64Array([length]).buffer),
    Buffer.from(header),
    Buffer.alloc(dataLength),
  ]);
}
