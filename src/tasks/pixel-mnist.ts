import { z } from "zod";
import { dataDirectory } from "../data/directory.ts";
import { type LabelledImages, loadMnist } from "../data/mnist.ts";
import { UsageError } from "../errors.ts";
import { randomStatePermutation } from "../random/mt19937.ts";
import { float32Buffer, int32Buffer, requireBatch, requireRows } from "./buffers.ts";
import { shuffledEpochs } from "./epochs.ts";
import { accuracyMetrics } from "./metrics.ts";
import { parseTaskOptions } from "./options.ts";
import type { Batch, BatchBuffers, Task } from "./task.ts";

/** The options of `pixelMnist`, as `--set task.…` takes them. */
export const pixelMnistOptions = z.strictObject({
  permuted: z.boolean().default(false).describe("whether all images go through one fixed permutation of their pixels"),
  permutationSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(92916)
    .describe("NumPy's RandomState seed of that permutation"),
  validation: z.int().min(0).default(5000).describe("how many of the first training images are kept for validation"),
  scale: z
    .number()
    .positive()
    .default(1 / 255)
    .describe("factor from a grey level 0 … 255 to an input"),
});

export type PixelMnistOptions = z.input<typeof pixelMnistOptions> & {
  /** Seed of the order of the training images, 0 by default. */
  readonly seed?: number | undefined;
  /** The folder that holds `mnist/`; see `dataDirectory` for the default. */
  readonly directory?: string | undefined;
};

const pixels = 784;

/**
 * Pixel-by-pixel MNIST: 784 steps of one pixel, p · scale; the digit is asked for at the last step, cross-entropy over 10
 * classes. With `permuted`, x_t is pixel π(t) for π = RandomState(92916).permutation(784). The first `validation` training
 * images are the validation split, the others an epoch, in a new random order each time.
 *
 * Baseline: ln 10. Metric: `accuracy`.
 *
 * Source: Le, Jaitly and Hinton 2015; split and permutation of Wisdom et al. 2016 (code).
 *
 * @throws UsageError for an unknown option, a value out of range, or a validation split that leaves nothing to train on
 * @throws DataError when the files are absent or corrupt
 */
export function pixelMnist({ seed = 0, directory, ...options }: PixelMnistOptions = {}): Task {
  const { permuted, permutationSeed, validation, scale } = parseTaskOptions("pixel-mnist", pixelMnistOptions, options);
  const { train, test } = loadMnist(directory ?? dataDirectory());
  if (validation >= train.count) {
    throw new UsageError(
      `task.validation is ${validation}, but there are only ${train.count} training images; give less than that.`,
    );
  }
  const write = batchWriter(permuted ? randomStatePermutation(permutationSeed, pixels) : undefined, scale);
  const epochSize = train.count - validation;
  const order = shuffledEpochs(seed, epochSize);
  const output = { loss: "cross-entropy", size: 10, at: "last-step" } as const;
  return {
    name: "pixel-mnist",
    length: pixels,
    input: { kind: "dense", features: 1 },
    output,
    baseline: Math.log(10),
    epochSize,
    heldOutSize: { validation, test: test.count },
    trainBatch(iteration, rows, into) {
      requireBatch(iteration, rows);
      return write(train, order(iteration, rows), validation, into);
    },
    *heldOut(split, rows) {
      requireRows(rows);
      const count = split === "test" ? test.count : validation;
      for (let first = 0; first < count; first += rows) {
        const examples = Int32Array.from({ length: Math.min(rows, count - first) }, (_, row) => first + row);
        yield write(split === "test" ? test : train, examples, 0);
      }
    },
    createMetrics: () => accuracyMetrics(output),
  };
}

type BatchWriter = (from: LabelledImages, examples: Int32Array, offset: number, into?: BatchBuffers) => Batch;

/** Writes the images `offset` + `examples`, pixel by pixel in the order given, as float32. */
function batchWriter(order: Int32Array | undefined, scale: number): BatchWriter {
  const pixelOrder = order ?? Int32Array.from({ length: pixels }, (_, t) => t);
  const inputs = Float32Array.from({ length: 256 }, (_, level) => level * scale);
  return ({ images, labels }, examples, offset, into) => {
    const rows = examples.length;
    const values = float32Buffer(into?.values, pixels * rows);
    const classes = int32Buffer(into?.classes, rows);
    for (let row = 0; row < rows; row++) classes[row] = labels[offset + examples[row]];
    for (let t = 0, i = 0; t < pixels; t++) {
      const pixel = offset * pixels + pixelOrder[t];
      for (let row = 0; row < rows; row++, i++) values[i] = inputs[images[examples[row] * pixels + pixel]];
    }
    return { length: pixels, rows, values, classes };
  };
}
