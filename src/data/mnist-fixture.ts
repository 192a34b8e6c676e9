import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { randomStream } from "../random/stream.ts";
import type { LabelledImages, Mnist } from "./mnist.ts";

/** Writes four files in the format of MNIST, of random pixels and labels, for tests that must run without the real ones. */
export function writeMnist(
  directory: string,
  { train, test, format }: { train: number; test: number; format: "plain" | "gzip" },
): Mnist {
  const folder = join(directory, "mnist");
  mkdirSync(folder, { recursive: true });
  const write = (name: string, shape: number[], values: Uint8Array) => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header[2] = 0x08;
    header[3] = shape.length;
    for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
    const bytes = Buffer.concat([header, values]);
    writeFileSync(join(folder, format === "gzip" ? `${name}.gz` : name), format === "gzip" ? gzipSync(bytes) : bytes);
  };
  const part = (prefix: string, count: number): LabelledImages => {
    const random = randomStream(1, prefix);
    const images = Uint8Array.from({ length: count * 784 }, () => random.integer(256));
    const labels = Uint8Array.from({ length: count }, () => random.integer(10));
    write(`${prefix}-images-idx3-ubyte`, [count, 28, 28], images);
    write(`${prefix}-labels-idx1-ubyte`, [count], labels);
    return { count, images, labels };
  };
  return { train: part("train", train), test: part("t10k", test) };
}
