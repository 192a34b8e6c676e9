// Saves the weights as safetensors and loads them into a fresh model, on another backend too.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModel, gru, loadWeights, predict, saveWeights } from "stiefel";

const spec = {
  input: { kind: "symbols", classes: 6 },
  layers: [{ cell: gru(), units: 24 }],
  output: { loss: "cross-entropy", size: 4, at: "last-step" },
};
const batch = { length: 30, rows: 5, symbols: Int32Array.from({ length: 150 }, (_, i) => (i * i) % 6) };
const difference = (a, b) => a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);

const folder = mkdtempSync(join(tmpdir(), "stiefel-example-"));
try {
  const file = join(folder, "model.safetensors");
  const saved = createModel(spec, { seed: 1 });
  const expected = predict(saved, batch);
  saveWeights(saved, file);
  console.log(`${saved.parameters.length} tensors, ${statSync(file).size} bytes`);

  const loaded = createModel(spec, { seed: 2 });
  console.log(`before loading, outputs differ by ${difference(predict(loaded, batch), expected).toExponential(1)}`);
  loadWeights(loaded, file);
  const after = difference(predict(loaded, batch), expected);
  console.log(`after loading by ${after}`);

  const float64 = createModel(spec, { backend: "reference" });
  loadWeights(float64, file);
  const precise = difference(predict(float64, batch), expected);
  console.log(`the same weights in float64: ${precise.toExponential(1)}`);
  if (after !== 0 || !(precise < 1e-5)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
