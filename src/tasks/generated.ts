import { type RandomStream, randomStream } from "../random/stream.ts";
import { requireBatch, requireRows } from "./buffers.ts";
import { shuffledEpochs } from "./epochs.ts";
import type { Batch, BatchBuffers, Task } from "./task.ts";

/** How a task draws its examples. */
export interface ExampleGenerator<B extends Batch> {
  /** A batch with everything set that no draw decides, in the arrays of `into` where they fit. */
  blank(rows: number, into?: BatchBuffers): B;
  /** Draws one example and writes it into a row of a blank batch. */
  draw(random: RandomStream, batch: B, row: number): void;
  /** Writes what follows from the draws, once all rows have theirs; what it writes into a row depends on that row alone. */
  complete?(batch: B): void;
}

export interface GeneratedDataOptions {
  readonly seed: number;
  /** Size of a fixed training set, run through in epochs; undefined draws every batch fresh. */
  readonly trainingExamples?: number | undefined;
  readonly heldOutExamples: number;
}

/**
 * The data of a task whose examples are drawn at random. A fresh batch comes from the stream ("data", iteration) of the
 * seed; the i-th example of a fixed training set or held-out split from the stream ("training-set" | "validation" |
 * "test", i), so that it is the same for any number of rows and needs no memory.
 */
export function generatedData<B extends Batch>(
  generator: ExampleGenerator<B>,
  { seed, trainingExamples, heldOutExamples }: GeneratedDataOptions,
): Pick<Task, "epochSize" | "heldOutSize" | "trainBatch" | "heldOut"> {
  const fresh: Task["trainBatch"] = (iteration, rows, into) => {
    requireBatch(iteration, rows);
    const batch = generator.blank(rows, into);
    const random = randomStream(seed, "data", iteration);
    for (let row = 0; row < rows; row++) generator.draw(random, batch, row);
    generator.complete?.(batch);
    return batch;
  };
  const fixed = (size: number): Task["trainBatch"] => {
    const order = shuffledEpochs(seed, size);
    return (iteration, rows, into) => {
      requireBatch(iteration, rows);
      const examples = order(iteration, rows);
      const batch = generator.blank(examples.length, into);
      for (let row = 0; row < examples.length; row++) {
        generator.draw(randomStream(seed, "training-set", examples[row]), batch, row);
      }
      generator.complete?.(batch);
      return batch;
    };
  };
  return {
    ...(trainingExamples === undefined ? {} : { epochSize: trainingExamples }),
    heldOutSize: { validation: heldOutExamples, test: heldOutExamples },
    trainBatch: trainingExamples === undefined ? fresh : fixed(trainingExamples),
    *heldOut(split, rows) {
      requireRows(rows);
      for (let first = 0; first < heldOutExamples; first += rows) {
        const count = Math.min(rows, heldOutExamples - first);
        const batch = generator.blank(count);
        for (let row = 0; row < count; row++) generator.draw(randomStream(seed, split, first + row), batch, row);
        generator.complete?.(batch);
        yield batch;
      }
    },
  };
}
