/**
 * This project: one whole training step on the backend and number of threads of the command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { selectBackend } from "../../dist/backends/select.js";
import { createCell } from "../../dist/cells/registry.js";
import { createModel } from "../../dist/nn/model.js";
import { createOptimizer } from "../../dist/train/optimizer-config.js";
import { serve } from "./serve.mjs";

const { values } = parseArgs({ options: { backend: { type: "string" }, threads: { type: "string" } } });
const threads = Number(values.threads);

await serve(() => {
  const { backend } = selectBackend(values.backend);
  let current;
  return {
    ready: { name: `stiefel-${backend.name}`, detail: `${backend.target.lanes} lanes` },
    run(benchCase, steps) {
      if (current?.id !== benchCase.id) {
        current?.model.dispose();
        current = { id: benchCase.id, ...prepare(benchCase, backend) };
      }
      const ms = [];
      let loss;
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        loss = current.step();
        ms.push(performance.now() - start);
      }
      return { ms, loss };
    },
  };
});

function prepare({ cell, units, batch: rows, time, input, output, optimizer }, backend) {
  const model = createModel(
    { input, layers: [{ cell: createCell(cell), units }], output },
    { backend, threads, seed: 1 },
  );
  const { name, lr, parametrizationLr, decay } = optimizer;
  const config = { name, lr, decay, ...(cell === "scornn" && { recurrent: { lr: parametrizationLr } }) };
  const updates = createOptimizer(model.parameters, config, { iterations: 1_000_000 });
  const gradients = Object.fromEntries(model.parameters.map(({ name, gradient }) => [name, gradient]));
  const batch = randomBatch({ input, output, rows, time });
  let iteration = 0;
  const step = () => {
    const { loss } = model.gradient(batch);
    updates.step(gradients, iteration++);
    model.changed();
    return loss;
  };
  return { model, step };
}

function randomBatch({ input, output, rows, time }) {
  const count = time * rows;
  const integers = (length, bound) => Int32Array.from({ length }, () => Math.floor(Math.random() * bound));
  return {
    length: time,
    rows,
    ...(input.kind === "symbols"
      ? { symbols: integers(count, input.classes) }
      : { values: Float32Array.from({ length: count * input.features }, Math.random) }),
    classes: integers(output.at === "every-step" ? count : rows, output.size),
  };
}
