// Runs a model step by step, as for a live signal, and shows that this equals its answer to the whole sequence at once.
import { createModel, lstm, predict, scornn } from "stiefel";

const model = createModel({
  input: { kind: "dense", features: 2 },
  layers: [
    { cell: scornn({ inputInit: "glorot-uniform" }), units: 32 },
    { cell: lstm(), units: 16 },
  ],
  output: { loss: "mean-squared-error", size: 3, at: "every-step" },
});

const length = 200;
const signal = Float32Array.from({ length: length * 2 }, (_, i) => Math.sin(i * (i % 2 ? 0.05 : 0.11)));
const whole = predict(model, { length, rows: 1, values: signal });

model.step(signal.subarray(0, 2)); // compiles the plan of one step
let state = model.initialState();
let largest = 0;
const started = performance.now();
for (let t = 0; t < length; t++) {
  const answer = model.step(signal.subarray(2 * t, 2 * t + 2), state);
  state = answer.state;
  for (let j = 0; j < 3; j++) largest = Math.max(largest, Math.abs(answer.output[j] - whole[3 * t + j]));
}
const microseconds = (1000 * (performance.now() - started)) / length;

console.log(`${length} steps on ${model.backend.name}, ${microseconds.toFixed(0)} µs each`);
console.log(
  `the state: ${Object.entries(state)
    .map(([name, h]) => `${name} [${h.length}]`)
    .join(", ")}`,
);
console.log(`step by step differs from all at once by at most ${largest.toExponential(1)}`);
if (!(largest < 1e-5)) process.exitCode = 1;
