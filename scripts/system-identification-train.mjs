/**
 * Identifies one system by one family, by the protocol of `system-identification.mjs`, which starts this file once a run.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { eurnn, fcurnn, scurnn, urnn } from "../dist/cells/index.js";
import { createModel } from "../dist/index.js";
import { systemIdentification } from "../dist/tasks/index.js";
import { evaluate, fit } from "../dist/train/index.js";

/** As the system's modReLU has it. */
const epsilon = 1e-5;
const evenAtLeast = (n) => n + (n % 2);
/**
 * How many models, at most, are trained at the first length, and for how long. A uRNN's start finds a system of its family or
 * ends far from it, so that many short ones serve; a scuRNN gets closer for as long as it is trained, its skew part growing.
 */
const searches = {
  urnn: { upTo16: { starts: 64, iterations: 1000 }, above: { starts: 16, iterations: 1000 } },
  scurnn: { upTo16: { starts: 8, iterations: 2000 }, above: { starts: 1, iterations: 8000 } },
  others: { upTo16: { starts: 8, iterations: 2000 }, above: { starts: 4, iterations: 2000 } },
};
export const families = {
  urnn: { cell: () => urnn({ epsilon }), optimizer: "adam", search: searches.urnn },
  "eurnn-n": { cell: (n) => eurnn({ capacity: evenAtLeast(n), epsilon }), optimizer: "adam", search: searches.others },
  scurnn: { cell: () => scurnn({ epsilon }), optimizer: "adam", search: searches.scurnn },
  fcurnn: { cell: () => fcurnn({ epsilon }), optimizer: "riemannian-adam", search: searches.others },
};

/** The curriculum: lengths, iterations (of the first: the family's) and the learning rate, which a cosine takes to its hundredth. */
export const stages = [
  { length: 2, lr: 0.1 },
  { length: 4, iterations: 1000, lr: 0.1 },
  { length: 10, iterations: 500, lr: 0.03 },
  { length: 30, iterations: 200, lr: 0.01 },
  { length: 75, iterations: 100, lr: 0.003 },
  { length: 150, iterations: 100, lr: 0.001 },
];
export const batch = 20;
/** A model with a validation nmse below this is not trained further at that length. */
export const solved = 1e-6;

export async function identify({ family, system, units, seed }) {
  const started = performance.now();
  const { cell, optimizer, search } = families[family];
  const taskOf = (length) =>
    systemIdentification({
      units,
      length,
      system,
      systemSeed: seed,
      seed,
      trainingExamples: 20_000,
      heldOutExamples: 200,
    });
  const validate = async (model, task) => (await evaluate(model, task, "validation")).nmse;
  const train = (model, task, { iterations, lr }) =>
    fit(model, task, {
      iterations,
      batch,
      optimizer: { name: optimizer, lr },
      schedule: { name: "cosine", final: 0.01 },
      // The epochs' own validation would cost more than the training.
      validateEvery: iterations,
    });

  const [first, ...later] = stages;
  const short = taskOf(first.length);
  let best = { nmse: Number.POSITIVE_INFINITY };
  const { starts, iterations } = units <= 16 ? search.upTo16 : search.above;
  const tried = [];
  while (tried.length < starts && !(best.nmse < solved)) {
    const model = createModel(
      { input: short.input, output: short.output, layers: [{ cell: cell(units), units }] },
      { seed: 1000 * seed + tried.length, threads: 1, prescribed: short.prescribed },
    );
    await train(model, short, { ...first, iterations });
    const nmse = await validate(model, short);
    tried.push(nmse);
    if (nmse < best.nmse) best = { model, nmse };
  }
  const { model } = best;
  const curriculum = [];
  for (const stage of later) {
    const task = taskOf(stage.length);
    const before = await validate(model, task);
    if (before < solved) {
      curriculum.push({ length: stage.length, before, after: before, trained: false });
      continue;
    }
    await train(model, task, stage);
    curriculum.push({ length: stage.length, before, after: await validate(model, task), trained: true });
  }
  const { nmse } = await evaluate(model, taskOf(stages.at(-1).length), "test");
  const seconds = (performance.now() - started) / 1e3;
  return {
    family,
    system,
    units,
    seed,
    nmse,
    parameters: model.parameterCount,
    shortNmse: best.nmse,
    starts: tried,
    curriculum,
    seconds,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${JSON.stringify(await identify(JSON.parse(process.argv[2])))}\n`);
}
