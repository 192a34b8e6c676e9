import { z } from "zod";
import { int32Buffer } from "./buffers.ts";
import { generatedData } from "./generated.ts";
import { accuracyMetrics } from "./metrics.ts";
import { heldOutExamples, parseTaskOptions, trainingExamples } from "./options.ts";
import type { Batch, BatchBuffers, Task } from "./task.ts";

/** The options of `copying`, as `--set task.…` takes them. */
export const copyingOptions = z.strictObject({
  delay: z.int().min(1).default(1000).describe("T, the steps over which the symbols are to be remembered"),
  symbols: z.int().min(1).default(10).describe("K, how many symbols are to be remembered"),
  alphabet: z.int().min(2).default(8).describe("how many different symbols there are, blank and marker aside"),
  timing: z
    .enum(["after-marker", "at-marker"])
    .default("after-marker")
    .describe("whether recall starts one step after the marker (papers 1 to 3) or at it (expRNN)"),
  trainingExamples,
  heldOutExamples,
});

export type CopyingOptions = z.input<typeof copyingOptions> & {
  /** Seed of all draws, 0 by default. */
  readonly seed?: number | undefined;
};

/**
 * Copying memory: K symbols, uniform in 1 … `alphabet`, are shown at the first K steps and asked for at the last K, in
 * order, of T + 2K steps. Elsewhere the target is the blank 0; a marker, `alphabet` + 1, announces the recall.
 *
 * - "after-marker": x = seq(K), 0 × (T−1), marker, 0 × K; y = 0 × (K+T), seq(K). The recall starts the step after the marker.
 * - "at-marker": x = seq(K), 0 × T, marker, 0 × (K−1); y = 0 × (K+T), seq(K). The recall starts with the marker.
 *
 * Symbols in: `alphabet` + 2 classes, one per step; out: `alphabet` + 1 classes, cross-entropy averaged over all steps.
 * Baseline: K ln(alphabet) / (T + 2K), all blanks known and the symbols guessed. Metric: `accuracy` over the K recall steps.
 *
 * Source: Arjovsky, Shah and Bengio 2016 (code); Lezcano-Casado and Martínez-Rubio 2019 (code) for "at-marker".
 *
 * @throws UsageError for an unknown option or a value out of range
 */
export function copying({ seed = 0, ...options }: CopyingOptions = {}): Task {
  const parsed = parseTaskOptions("copying", copyingOptions, options);
  const { delay, symbols: remembered, alphabet, timing } = parsed;
  const length = delay + 2 * remembered;
  const recallStep = remembered + delay;
  const markerStep = timing === "after-marker" ? recallStep - 1 : recallStep;
  const output = { loss: "cross-entropy", size: alphabet + 1, at: "every-step" } as const;
  const data = generatedData<CopyingBatch>(
    {
      blank(rows: number, into?: BatchBuffers) {
        const symbols = int32Buffer(into?.symbols, length * rows).fill(0);
        const classes = int32Buffer(into?.classes, length * rows).fill(0);
        symbols.fill(alphabet + 1, markerStep * rows, (markerStep + 1) * rows);
        return { length, rows, symbols, classes };
      },
      draw(random, { rows, symbols, classes }, row) {
        for (let k = 0; k < remembered; k++) {
          const symbol = 1 + random.integer(alphabet);
          symbols[k * rows + row] = symbol;
          classes[(recallStep + k) * rows + row] = symbol;
        }
      },
    },
    { seed, ...parsed },
  );
  return {
    name: "copying",
    length,
    input: { kind: "symbols", classes: alphabet + 2 },
    output,
    baseline: (remembered * Math.log(alphabet)) / length,
    ...data,
    createMetrics: () => accuracyMetrics(output, recallStep),
  };
}

interface CopyingBatch extends Batch {
  readonly symbols: Int32Array;
  readonly classes: Int32Array;
}
