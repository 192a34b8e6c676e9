// Trains until validation no longer improves, ends with the best weights, and keeps a table of all updates.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adding, createModel, csvLogger, earlyStopping, evaluate, fit, gru } from "stiefel";

// A small training set, so that the model begins to learn it by heart.
const task = adding({ length: 20, seed: 1, trainingExamples: 256, heldOutExamples: 256 });
const model = createModel(
  { input: task.input, layers: [{ cell: gru(), units: 48 }], output: task.output },
  { seed: 1 },
);

const folder = mkdtempSync(join(tmpdir(), "stiefel-example-"));
try {
  const table = join(folder, "training.csv");
  const { iteration, reason, stopReason, validation } = await fit(model, task, {
    epochs: 300,
    batch: 32,
    optimizer: { name: "adam", lr: 5e-3 },
    callbacks: [
      earlyStopping({ monitor: "mse", patience: 12 }),
      csvLogger(table),
      {
        onEpochEnd: (_, { epoch, loss, validation: scores }) => {
          if (epoch % 20 === 0)
            console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}, validation ${scores.mse.toFixed(4)}`);
        },
      },
    ],
  });
  console.log(`${reason} after ${iteration} updates${stopReason ? `: ${stopReason}` : ""}`);

  const best = Math.min(...validation.map(({ metrics }) => metrics.mse));
  const { mse } = await evaluate(model, task, "validation");
  console.log(`validation error of the restored weights ${mse.toFixed(4)}, the best seen ${best.toFixed(4)}`);

  const lines = readFileSync(table, "utf8").trimEnd().split("\n");
  console.log(`${lines[0]}\n${lines.at(-1)}\n${lines.length - 1} rows`);
  if (Math.abs(mse - best) > 1e-6 * best) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
