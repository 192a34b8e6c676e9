/**
 * What is timed: one whole training step (input projection, recurrence, loss, backpropagation through time, gradient of the
 * parametrization, RMSprop) at the sizes of the published experiments, and at sizes that show what structure is worth.
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
const features = {
  input: { kind: "dense", features: 64 },
  output: { loss: "cross-entropy", size: 10, at: "last-step" },
};
/** Rates so small that every timed step sees nearly the numbers of the first. */
const optimizer = { name: "rmsprop", decay: 0.9, lr: 1e-6, parametrizationLr: 1e-7 };

/** A dense W that starts at the identity and hardly moves at these rates: no update of a manifold is timed. */
const free = { parametrization: { name: "complex-free", init: "identity" } };

/** `--cases` without a value: the first table. The other two take an hour or more each. */
export const DEFAULT_CASES = "scornn,lstm";

export const CASES = [
  { id: "scornn-190x20x1020", cell: "scornn", units: 190, batch: 20, time: 1020, ...copying, optimizer },
  { id: "scornn-170x128x784", cell: "scornn", units: 170, batch: 128, time: 784, ...pixels, optimizer },
  { id: "scornn-512x128x784", cell: "scornn", units: 512, batch: 128, time: 784, ...pixels, optimizer },
  { id: "lstm-68x20x1020", cell: "lstm", units: 68, batch: 20, time: 1020, ...copying, optimizer },
  { id: "scornn-1024x64x200", cell: "scornn", units: 1024, batch: 64, time: 200, ...copying, optimizer },
  ...[128, 256, 512, 1024, 2048, 4096].map(unitary),
  ...["lstm", "gru"].flatMap((cell) => [256, 1024, 4096].map((units) => structured(cell, units))),
];

/** W = D₃R₂F⁻¹D₂ΠR₁FD₁ as a product against a dense W: the same one, made once per update, or a free one. */
function unitary(units) {
  return {
    id: `urnn-${units}`,
    cell: "urnn",
    units,
    batch: 20,
    time: 784,
    ...pixels,
    optimizer,
    models: [
      { name: "product", map: "fourier", peers: ["torch-fft", "stiefel-native", "stiefel-wasm"] },
      { name: "dense", map: "complex", peers: ["torch-complex", "torch-real"] },
      { name: "dense", cell: "fcurnn", cellOptions: free, map: "complex", peers: ["stiefel-native"] },
    ],
    compare: [{ head: "× torch", family: "torch-" }],
  };
}

/** The recurrent matrices of one cell, dense and with structure. */
function structured(cell, units) {
  const stiefel = ["stiefel-native", "stiefel-wasm"];
  const of = (name, options, peers = stiefel) => ({ name, structure: { name, ...options }, peers });
  return {
    id: `structure-${cell}-${units}`,
    cell,
    units,
    batch: 32,
    time: 100,
    ...features,
    optimizer,
    models: [
      { name: "dense", peers: [`torch-${cell}`, ...stiefel] },
      of("diagonal", {}, ["torch-eager", "torch-script", ...stiefel]),
      of("block-diagonal", { blocks: 8 }),
      of("permuted-block", { blocks: 8 }),
      of("sparse", { density: 1 / 16 }),
      of("hadamard"),
      of("low-rank", { rank: 16 }),
    ],
    compare: [
      { head: "× torch dense", family: "torch-", model: "dense" },
      { head: "× torch diagonal", family: "torch-", model: "diagonal" },
    ],
  };
}

const PLAIN = ["eager", "installed", "script", "rnn", "lstm", "gru"].map((variant) => `torch-${variant}`);
const PLAIN_MODEL = { peers: [...PLAIN, "tfjs-wasm", "jaxjs-wasm", "stiefel-native", "stiefel-wasm"] };

/** The rows of a case are its models, each on the peers (families) it names: `{ name?, peers, run }`, `run` for a request. */
export function modelsOf({ models = [PLAIN_MODEL], compare, ...benchCase }) {
  return models.map(({ name, peers, ...model }) => {
    const id = [benchCase.id, model.cell, name].filter(Boolean).join(" ");
    return { name, peers, run: { ...benchCase, ...model, id } };
  });
}

/** What the ratios of a case are against: the fastest row of a family's prefix and, where given, of a model. */
export function comparisons({ compare = [{ head: "× eager", family: "torch-eager" }] }) {
  return compare;
}

const GATE_MAPS = { rnn: 1, scornn: 1, urnn: 1, fcurnn: 1, gru: 3, lstm: 4 };

/** Real numbers in one recurrent map of n units. */
const MAP_WEIGHTS = {
  dense: ({ n }) => n ** 2,
  complex: ({ n }) => 2 * n ** 2,
  fourier: ({ n }) => 7 * n,
  diagonal: ({ n }) => n,
  "block-diagonal": ({ n, blocks }) => n ** 2 / blocks,
  "permuted-block": ({ n, blocks }) => n ** 2 / blocks,
  sparse: ({ n, density }) => density * n ** 2,
  hadamard: ({ n }) => n,
  "low-rank": ({ n, rank }) => n * (2 * rank + 1),
};

export const FLOP_FORMULA =
  "3 · 2 · T · B · w, w the numbers in the maps (forward, state gradient, weight gradient): n² per gate where dense, gates: " +
  "rnn and scornn 1, gru 3, lstm 4; complex dense 3 · 8 · T · B · n²; transforms, forward and backward: Fourier product " +
  "2 · 10 · T · B · n log₂ n, Hadamard 2 · T · B · n log₂ n per gate";

/** Numbers in the recurrent maps of a request's model as `cell`. */
export function recurrentWeights(cell, { units: n, map, structure }) {
  return GATE_MAPS[cell] * MAP_WEIGHTS[map ?? structure?.name ?? "dense"]({ n, ...structure });
}

/** Floating-point operations of the recurrence in one training step; all else is not counted. */
export function recurrenceFlops(cell, run) {
  const { units, batch, time, map, structure } = run;
  const transform = 2 * time * batch * units * Math.log2(units);
  if (map === "fourier") return 10 * transform;
  if (structure?.name === "hadamard") return GATE_MAPS[cell] * transform;
  return 3 * (map === "complex" ? 4 : 2) * time * batch * recurrentWeights(cell, run);
}

/** Whether the recurrence is matrix products, so that a share of their peak says something. */
export function isGemm({ map, structure }) {
  return !(map === "fourier" || ["diagonal", "sparse", "hadamard"].includes(structure?.name));
}
