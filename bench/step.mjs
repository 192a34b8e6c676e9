#!/usr/bin/env node
/**
 * One training step's gradient for widths that are too slow for the interleaved bench: structured LSTMs and GRUs, or the unitary product
 * beside a dense complex matrix; native backend, two threads, median of three. PyTorch's nn.LSTM and nn.GRU: peers/pytorch_step.py.
 *
 *     node bench/step.mjs lstm 4096 20              or gru; units, time steps; batch 32, 64 features
 *     node bench/step.mjs unitary 4096 100          batch 20, 1 feature
 *
 * @module
 */
import { createCell, createModel, withStructure } from "../dist/index.js";

const [table = "lstm", units = "4096", length = "20"] = process.argv.slice(2);
const structured = (cell) => ({
  rows: 32,
  features: 64,
  cells: Object.fromEntries(
    [
      "dense",
      "diagonal",
      { name: "block-diagonal", blocks: 8 },
      { name: "permuted-block", blocks: 8 },
      { name: "sparse", density: 1 / 16 },
      "hadamard",
      { name: "low-rank", rank: 16 },
    ].map((structure) => [structure.name ?? structure, () => withStructure(createCell(cell), { structure })]),
  ),
});
const tables = {
  lstm: structured("lstm"),
  gru: structured("gru"),
  unitary: {
    rows: 20,
    features: 1,
    cells: {
      urnn: () => createCell("urnn"),
      "dense complex": () => createCell("fcurnn", { parametrization: { name: "complex-free", init: "identity" } }),
    },
  },
};
const { rows, features, cells } = tables[table];
const steps = Number(length);
for (const [name, cell] of Object.entries(cells)) {
  const spec = {
    input: { kind: "dense", features },
    layers: [{ cell: cell(), units: Number(units) }],
    output: { loss: "cross-entropy", size: 10, at: "last-step" },
  };
  const model = createModel(spec, { seed: 1, threads: 2, backend: "native" });
  const values = Float32Array.from({ length: steps * rows * features }, () => Math.random());
  const batch = { length: steps, rows, values, classes: Int32Array.from({ length: rows }, (_, i) => i % 10) };
  model.gradient(batch);
  const times = [1, 2, 3].map(() => {
    model.changed();
    const start = performance.now();
    model.gradient(batch);
    return performance.now() - start;
  });
  const weights = model.parameters.reduce(
    (sum, { role, values: { length: count } }) => sum + (role === "recurrent" ? count : 0),
    0,
  );
  console.log(`${name}: ${weights} recurrent parameters, ${times.sort((a, b) => a - b)[1].toFixed(1)} ms`);
  model.dispose();
}
