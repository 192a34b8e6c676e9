import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "../errors.ts";
import { parseIdx } from "./idx.ts";
import { gunzip } from "./read-idx.ts";

const idx = (code: number, shape: number[], values: number[]) =>
  Uint8Array.from([
    0,
    0,
    code,
    shape.length,
    ...shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
    ...values,
  ]);

/** Runs `body` and fails when it throws anything but a `DataError`. */
function onlyDataError<T>(body: () => T): T | DataError {
  try {
    return body();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

describe("parseIdx", () => {
  it("reads every element type from big-endian bytes", () => {
    const cases: [number, string, number[], number[]][] = [
      [0x08, "uint8", [0, 255], [0, 255]],
      [0x09, "int8", [0xff, 0x7f], [-1, 127]],
      [0x0b, "int16", [0xff, 0xfe, 0x01, 0x02], [-2, 258]],
      [0x0c, "int32", [0x80, 0, 0, 0, 0, 0, 1, 0], [-(2 ** 31), 256]],
      [0x0d, "float32", [0x3f, 0xc0, 0, 0, 0xc0, 0x20, 0, 0], [1.5, -2.5]],
      [0x0e, "float64", [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], [1.5, -2.5]],
    ];
    for (const [code, type, bytes, values] of cases) {
      const array = parseIdx(idx(code, [2, 1], bytes), "x");
      expect(array.type).toBe(type);
      expect(array.shape).toEqual([2, 1]);
      expect(Array.from(array.data)).toEqual(values);
    }
  });

  it("reads a view into a larger buffer and copies it", () => {
    const whole = Uint8Array.from([9, ...idx(0x0b, [1], [1, 2])]);
    const array = parseIdx(whole.subarray(1), "x");
    whole.fill(0);
    expect(Array.from(array.data)).toEqual([258]);
  });

  it.each([
    ["an empty file", new Uint8Array(), /images is truncated.*4 bytes.*offset 0/],
    ["a cut header", idx(8, [2, 2], []).subarray(0, 9), /truncated.*2 dimensions needs 12 bytes.*offset 9/],
    [
      "cut values",
      idx(8, [2, 2], [1, 2, 3]),
      /truncated.*2 × 2 uint8 values, 4 bytes from offset 12.*offset 15 after 3/,
    ],
    ["too many values", idx(8, [2, 2], [1, 2, 3, 4, 5]), /wrong size.*end at offset 16, but 1 more bytes/],
    ["a wrong magic number", Uint8Array.from([1, 0, 8, 1]), /wrong magic number 01 00 08 01 at offset 0/],
    ["gzip under a plain name", gzipSync(idx(8, [1], [1])), /wrong magic number 1f 8b .*name that ends in \.gz/],
    ["an unknown type", idx(0x0a, [1], [1]), /unknown IDX type 0a at offset 2, expected one of 08 uint8/],
    ["no dimension", idx(8, [], []), /0 dimensions at offset 3/],
  ])("names the file, the offset and the fix for %s", (_, bytes, message) => {
    const error = onlyDataError(() => parseIdx(bytes, "images"));
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect((error as DataError).message).toMatch(/Replace|give the file a name/);
  });

  it("holds the file to the expected type and dimensions", () => {
    const bytes = idx(8, [3, 2], [1, 2, 3, 4, 5, 6]);
    expect(parseIdx(bytes, "x", { type: "uint8", shape: [undefined, 2] }).shape).toEqual([3, 2]);
    expect(() => parseIdx(bytes, "x", { type: "float32" })).toThrow(/holds uint8 values .*expected float32/);
    expect(() => parseIdx(bytes, "x", { shape: [undefined, 28, 28] })).toThrow(/3 × 2.*expected any × 28 × 28/);
    expect(() => parseIdx(bytes, "x", { shape: [3, 3] })).toThrow(DataError);
  });

  it("throws nothing but DataError on any bytes", () => {
    const header = fc
      .record({
        code: fc.constantFrom(8, 9, 0x0b, 0x0c, 0x0d, 0x0e),
        shape: fc.array(fc.oneof(fc.nat(4), fc.nat(0xffffffff)), { maxLength: 70 }),
        values: fc.array(fc.nat(255), { maxLength: 64 }),
      })
      .map(({ code, shape, values }) => idx(code, shape, values));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), header), (bytes) => {
        const result = onlyDataError(() => parseIdx(bytes, "x"));
        if (result instanceof DataError) return;
        expect(result.data.length).toBe(result.shape.reduce((a, b) => a * b, 1));
      }),
      { numRuns: 3000 },
    );
  });

  it("reads back what was written, for any shape", () => {
    const shapes = fc.array(fc.nat(5), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat(255)), (shape, stream) => {
        const values = [...stream.take(shape.reduce((a, b) => a * b, 1))];
        const array = parseIdx(idx(8, shape, values), "x");
        expect(array.shape).toEqual(shape);
        expect(Array.from(array.data)).toEqual(values);
      }),
    );
  });
});

describe("gunzip", () => {
  const packed = gzipSync(idx(8, [300], new Array(300).fill(7)));

  it("says what is wrong", () => {
    expect(() => gunzip(Uint8Array.from([0, 0, 8, 1]), "f.gz")).toThrow(
      /f\.gz is not gzip.*found 0000.*rename it without/,
    );
    expect(() => gunzip(new Uint8Array(), "f.gz")).toThrow(/an empty file/);
    expect(() => gunzip(packed.subarray(0, -9), "f.gz")).toThrow(/f\.gz cannot be unpacked.*truncated or corrupt/);
    expect(() => gunzip(packed, "f.gz", 100)).toThrow(/expands to more than 100 bytes/);
  });

  it("throws nothing but DataError on damaged files", () => {
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length), (at, value, end) => {
        const damaged = Uint8Array.from(packed.subarray(0, end));
        damaged[at] = value;
        onlyDataError(() => parseIdx(gunzip(damaged, "f.gz"), "f.gz"));
      }),
      { numRuns: 1000 },
    );
  });
});
