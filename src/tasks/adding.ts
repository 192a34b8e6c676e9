import { z } from "zod";
import { float32Buffer } from "./buffers.ts";
import { generatedData } from "./generated.ts";
import { squaredErrorMetrics } from "./metrics.ts";
import { heldOutExamples, parseTaskOptions, trainingExamples } from "./options.ts";
import type { Batch, BatchBuffers, Task } from "./task.ts";

/** The options of `adding`, as `--set task.…` takes them. */
export const addingOptions = z
  .strictObject({
    length: z.int().min(2).default(200).describe("T, the number of steps"),
    split: z
      .enum(["half", "floor"])
      .default("half")
      .describe("where the second mark may begin: at ⌊T/2⌋ (paper 1) or at ⌊(T−1)/2⌋ (paper 3)"),
    trainingExamples,
    heldOutExamples,
  })
  .refine(({ length, split }) => split === "half" || length >= 3, {
    path: ["length"],
    error: 'expected at least 3 with the split "floor", whose first part is empty otherwise',
  });

export type AddingOptions = z.input<typeof addingOptions> & {
  /** Seed of all draws, 0 by default. */
  readonly seed?: number | undefined;
};

/**
 * Adding: x_t ∈ R², channel 0 uniform in [0, 1), channel 1 zero except for two ones, the first mark uniform in [0, m), the
 * second in [m, T); m = ⌊T/2⌋ for the split "half", ⌊(T−1)/2⌋ for "floor". Asked for at the last step: the sum of the two
 * marked numbers, squared error.
 *
 * Baseline: 1/6, the variance of that sum. Metric: `mse`.
 *
 * Source: Arjovsky, Shah and Bengio 2016 (code), "half"; Helfrich, Willmott and Ye 2018 (code), "floor".
 *
 * @throws UsageError for an unknown option or a value out of range
 */
export function adding({ seed = 0, ...options }: AddingOptions = {}): Task {
  const parsed = parseTaskOptions("adding", addingOptions, options);
  const { length, split } = parsed;
  const middle = split === "half" ? Math.floor(length / 2) : Math.floor((length - 1) / 2);
  const output = { loss: "mean-squared-error", size: 1, at: "last-step" } as const;
  const data = generatedData<AddingBatch>(
    {
      blank(rows: number, into?: BatchBuffers) {
        const values = float32Buffer(into?.values, length * rows * 2).fill(0);
        return { length, rows, values, regression: float32Buffer(into?.regression, rows) };
      },
      draw(random, { rows, values, regression }, row) {
        const stride = 2 * rows;
        for (let i = 2 * row; i < values.length; i += stride) values[i] = random.uniform();
        const first = 2 * row + stride * random.integer(middle);
        const second = 2 * row + stride * (middle + random.integer(length - middle));
        values[first + 1] = 1;
        values[second + 1] = 1;
        regression[row] = values[first] + values[second];
      },
    },
    { seed, ...parsed },
  );
  return {
    name: "adding",
    length,
    input: { kind: "dense", features: 2 },
    output,
    baseline: 1 / 6,
    ...data,
    createMetrics: () => squaredErrorMetrics(output),
  };
}

interface AddingBatch extends Batch {
  readonly values: Float32Array;
  readonly regression: Float32Array;
}
