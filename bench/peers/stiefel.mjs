/**
 * This project: one whole training step on the backend and number of threads of the command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { selectBackend } from "../../dist/backends/select.js";
import { createCell, withStructure } from "../../dist/cells/index.js";
import { createModel } from "../../dist/nn/model.js";
import { createOptimizer } from "../../dist/train/optimizer-config.js";
import { recurrenceFlops } from "../cases.mjs";
import { serve } from "./serve.mjs";
import { extrapolated, feasibleLengths } from "./truncate.mjs";

const { values } = parseArgs({ options: { backend: { type: "string" }, threads: { type: "string" } } });
const threads = Number(values.threads);
/** Fewer take less than a minute on any machine and need no probing, which would compile two more plans. */
const SURELY_FEASIBLE_FLOPS = 4e11;

await serve(() => {
  const { backend } = selectBackend(values.backend);
  let current;
  return {
    ready: { name: `stiefel-${backend.name}`, detail: `${backend.target.lanes} lanes` },
    async run(benchCase, steps) {
      if (current?.id !== benchCase.id) {
        current?.dispose();
        current = undefined;
        current = { id: benchCase.id, ...(await prepare(benchCase, backend)) };
      }
      const { measured, step } = current;
      const ms = [];
      let loss;
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        loss = step();
        ms.push(performance.now() - start);
      }
      return { ...extrapolated(benchCase, measured, ms), loss };
    },
  };
});

/** A warm model on all time steps of the case, or on as many as are feasible. */
async function prepare(benchCase, backend) {
  const feasible = recurrenceFlops(benchCase.cell, benchCase) < SURELY_FEASIBLE_FLOPS;
  const measured = feasible ? { time: benchCase.time } : await feasibleLengths(benchCase, (time) => probe(time));
  return { measured, ...trainer(benchCase, backend, measured.time) };

  function probe(time) {
    const { step, dispose } = trainer(benchCase, backend, time);
    const start = performance.now();
    step();
    const ms = performance.now() - start;
    dispose();
    return ms;
  }
}

function trainer({ cell, cellOptions, structure, units, batch: rows, input, output, optimizer }, backend, time) {
  const model = createModel(
    { input, layers: [{ cell: withStructure(createCell(cell, cellOptions), { structure }), units }], output },
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
  step();
  return { step, dispose: () => model.dispose() };
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
