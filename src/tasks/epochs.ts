import { randomStream } from "../random/stream.ts";

/** Which of `size` training examples (0 … size−1) make up the `iteration`-th batch. */
export type ExampleOrder = (iteration: number, rows: number) => Int32Array;

/**
 * Epochs of ⌈size/rows⌉ batches, the last one possibly short; each epoch is a random order of all examples, drawn from the
 * stream ("shuffle", epoch) of the seed.
 */
export function shuffledEpochs(seed: number, size: number): ExampleOrder {
  // The order of the latest epoch asked for: a cache, since it follows from (seed, epoch).
  let latest = -1;
  let order: Int32Array = new Int32Array(0);
  return (iteration, rows) => {
    const batches = Math.ceil(size / rows);
    const epoch = Math.floor(iteration / batches);
    if (epoch !== latest) {
      order = randomStream(seed, "shuffle", epoch).permutation(size);
      latest = epoch;
    }
    const first = (iteration % batches) * rows;
    return order.subarray(first, Math.min(first + rows, size));
  };
}
