// Defines a cell from its equations and trains it on the adding task, in C compiled for it (or on wasm without a compiler).
import * as stiefel from "stiefel";

const { add, mul, projection, real, recurrent, sigmoid, sub, tanh } = stiefel;

// One gate z and an orthogonal matrix: z = σ(h W_z + x_z), h_t = z ⊙ h_{t−1} + (1 − z) ⊙ tanh(h_{t−1} W + x).
const gated = stiefel.defineCell({
  name: "gated-orthogonal",
  states: { h: real },
  inputs: { x: projection(), xz: projection({ bias: { name: "constant", value: 2 } }) },
  maps: { W: recurrent({ parametrization: "scaled-cayley" }), Wz: recurrent() },
  step({ h, x, xz, W, Wz }) {
    const z = sigmoid(add(Wz(h), xz));
    return { h: add(mul(z, h), mul(sub(1, z), tanh(add(W(h), x)))) };
  },
});

const { backend, notice } = stiefel.selectBackend();
if (notice) console.log(notice);

const task = stiefel.adding({ length: 50, seed: 1, heldOutExamples: 500 });
const model = stiefel.createModel(
  { input: task.input, layers: [{ cell: gated, units: 64 }], output: task.output },
  { backend, seed: 1 },
);
const { stepMs } = await stiefel.fit(model, task, {
  iterations: 500,
  batch: 50,
  optimizer: stiefel.adam({ lr: 5e-3 }),
  clip: { globalNorm: 1 },
});

const { mse } = await stiefel.evaluate(model, task, "test");
console.log(`${gated.name} on ${backend.name}: ${stepMs.toFixed(1)} ms per step`);
console.log(`squared error ${mse.toFixed(4)}; without memory at best ${task.baseline.toFixed(4)}`);
if (!(mse < 0.1 * task.baseline)) process.exitCode = 1;
