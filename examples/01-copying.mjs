// Trains a scoRNN to repeat ten symbols 100 steps after it saw them, and checks that its recurrent matrix stayed orthogonal.
import { copying, createModel, evaluate, fit, orthogonalityResidual, progress, scornn } from "stiefel";

const task = copying({ delay: 100, seed: 1, heldOutExamples: 200 });
const units = 96;
const model = createModel({ input: task.input, layers: [{ cell: scornn(), units }], output: task.output }, { seed: 1 });
console.log(`${model.parameterCount} parameters on the ${model.backend.name} backend`);

const { loss, stepMs } = await fit(model, task, {
  iterations: 600,
  batch: 20,
  optimizer: { name: "rmsprop", lr: 1e-3, recurrent: { lr: 1e-4 } },
  clip: { globalNorm: 1 },
  callbacks: [progress({ interval: 2000 })],
});

const { accuracy } = await evaluate(model, task, "test");
console.log(`loss ${loss.toFixed(4)}; without memory at best ${task.baseline.toFixed(4)}`);
console.log(`${(100 * accuracy).toFixed(1)} % of the symbols recalled, ${stepMs.toFixed(1)} ms per step`);
console.log(`max |WᵀW − I| = ${orthogonalityResidual(model.matrix("layers.0.W"), units).toExponential(1)}`);
if (!(loss < 0.5 * task.baseline)) process.exitCode = 1;
