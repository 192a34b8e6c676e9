/**
 * What is timed: one whole training step (input projection, recurrence, loss, backpropagation through time, gradient of the
 * parametrization, RMSprop) at the sizes of the published experiments.
 *
 * @module
 */

const copying = {
  input: { kind: "symbols", classes: 10 },
  output: { loss: "cross-entropy", size: 9, at: "every-step" },
};
const pixels = {
  input: { kind: "dense", features: 1 },
  output: { loss: "cross-entropy", size: 10, at: "last-step" },
};
/** Rates so small that every timed step sees nearly the numbers of the first. */
const optimizer = { name: "rmsprop", decay: 0.9, lr: 1e-6, parametrizationLr: 1e-7 };

export const CASES = [
  { id: "scornn-190x20x1020", cell: "scornn", units: 190, batch: 20, time: 1020, ...copying, optimizer },
  { id: "scornn-170x128x784", cell: "scornn", units: 170, batch: 128, time: 784, ...pixels, optimizer },
  { id: "scornn-512x128x784", cell: "scornn", units: 512, batch: 128, time: 784, ...pixels, optimizer },
  { id: "lstm-68x20x1020", cell: "lstm", units: 68, batch: 20, time: 1020, ...copying, optimizer },
  { id: "scornn-1024x64x200", cell: "scornn", units: 1024, batch: 64, time: 200, ...copying, optimizer },
];

/** n × n products per time step: one per gate that sees the state. */
export const GATE_MAPS = { rnn: 1, scornn: 1, gru: 3, lstm: 4 };

export const FLOP_FORMULA =
  "3 · 2 · T · B · n² per gate map (forward, state gradient, weight gradient); maps: rnn and scornn 1, gru 3, lstm 4";

/** Floating-point operations of the recurrence in one training step; all else is not counted. */
export function recurrenceFlops(cell, { units, batch, time }) {
  return 3 * 2 * time * batch * units ** 2 * GATE_MAPS[cell];
}
