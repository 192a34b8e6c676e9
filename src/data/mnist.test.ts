import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError } from "../errors.ts";
import { dataDirectory } from "./directory.ts";
import { loadMnist } from "./mnist.ts";
import { writeMnist } from "./mnist-fixture.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stiefel-mnist-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("loadMnist", () => {
  it.each(["plain", "gzip"] as const)("reads %s files", (format) => {
    const written = writeMnist(directory, { train: 12, test: 5, format });
    const mnist = loadMnist(directory);
    expect(mnist.train.count).toBe(12);
    expect(mnist.test.count).toBe(5);
    expect(Buffer.compare(mnist.train.images, written.train.images)).toBe(0);
    expect(Buffer.compare(mnist.test.labels, written.test.labels)).toBe(0);
  });

  it("says how to get the data when they are absent", () => {
    const fix = /run: stiefel data get mnist, or pass --data DIR/;
    expect(() => loadMnist(join(directory, "nowhere"))).toThrow(/nowhere does not exist/);
    expect(() => loadMnist(join(directory, "nowhere"))).toThrow(fix);
    expect(() => loadMnist(directory)).toThrow(/holds no folder mnist/);
    expect(() => loadMnist(directory)).toThrow(fix);
    mkdirSync(join(directory, "mnist"));
    expect(() => loadMnist(directory)).toThrow(/expected train-images-idx3-ubyte, .*an empty folder/);
    writeMnist(directory, { train: 2, test: 2, format: "plain" });
    unlinkSync(join(directory, "mnist", "t10k-labels-idx1-ubyte"));
    expect(() => loadMnist(directory)).toThrow(/expected t10k-labels-idx1-ubyte \(plain or \.gz\), found t10k-images/);
    expect(() => loadMnist(join(directory, "mnist"))).toThrow(new RegExp(`pass --data ${directory}`));
  });

  it("says why a folder or file cannot be read", () => {
    writeFileSync(join(directory, "file"), "");
    expect(() => loadMnist(join(directory, "file"))).toThrow(/a part of the path is a file.*--data DIR/);
    writeMnist(directory, { train: 2, test: 2, format: "plain" });
    const images = join(directory, "mnist", "train-images-idx3-ubyte");
    unlinkSync(images);
    mkdirSync(images);
    expect(() => loadMnist(directory)).toThrow(/train-images-idx3-ubyte is a folder/);
    rmSync(images, { recursive: true });
    symlinkSync(images, images);
    expect(() => loadMnist(directory)).toThrow(DataError);
  });

  it("refuses files that do not belong together", () => {
    const { train } = writeMnist(directory, { train: 4, test: 2, format: "gzip" });
    const labels = join(directory, "mnist", "train-labels-idx1-ubyte.gz");
    writeFileSync(labels, gzipSync(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3])));
    expect(() => loadMnist(directory)).toThrow(/4 images and .* 3 labels/);
    writeFileSync(labels, gzipSync(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 4, ...train.labels.subarray(0, 3), 10])));
    expect(() => loadMnist(directory)).toThrow(/label 10 at offset 11/);
    writeFileSync(labels, gzipSync(train.images));
    expect(() => loadMnist(directory)).toThrow(/not an IDX file/);
    writeFileSync(labels, "not gzip");
    expect(() => loadMnist(directory)).toThrow(/is not gzip data/);
  });
});

describe("the real files", () => {
  const real = [dataDirectory(), "../shared/data"].find((dir) => existsSync(join(dir, "mnist")));
  it.skipIf(real === undefined)(`are the published bytes${real === undefined ? " (skipped: no data)" : ""}`, () => {
    const mnist = loadMnist(real ?? "");
    expect(mnist.train.count).toBe(60_000);
    expect(mnist.test.count).toBe(10_000);
    expect(Array.from(mnist.train.labels.subarray(0, 10))).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    // The published MD5 of train-images-idx3-ubyte, unpacked: header and pixels.
    const header = Buffer.from("00000803" + "0000ea60" + "0000001c" + "0000001c", "hex");
    const md5 = createHash("md5").update(header).update(mnist.train.images).digest("hex");
    expect(md5).toBe("6bbc9ace898e44ae57da46a324031adb");
  });
});
