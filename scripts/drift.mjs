#!/usr/bin/env node
/**
 * How far WᴴW drifts from I over many updates with random gradients, for W stored in float32 and stepped on the manifold, and
 * for W computed from a scaled Cayley transform's float32 θ. Prints a table of max |WᴴW − I| and ‖WᴴW − I‖_F and writes
 * everything as JSON. Needs dist (`npm run build`).
 *
 *     node scripts/drift.mjs --n 32 --updates 100000 --out runs/drift-32.json       some five minutes
 *
 * Options: --n, --updates, --lr (λ of the full-capacity step, default 1e-3), --projectEvery (default 1000), --seed, --out,
 * --backend (reference, wasm or native, default native: whose matrix products are used), --only NAME (of a row).
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { selectBackend } from "../dist/backends/index.js";
import { fieldKernels, frobeniusNorm } from "../dist/linalg/index.js";
import { riemannianSgd, rmsprop } from "../dist/optim/index.js";
import { complexCayley, fullOrthogonal, fullUnitary, scaledCayley } from "../dist/parametrizations/index.js";
import { randomStream } from "../dist/random/stream.js";

const text = (fallback) => ({ type: "string", default: fallback });
const { values: given } = parseArgs({
  options: {
    n: text("32"),
    updates: text("100000"),
    lr: text("1e-3"),
    projectEvery: text("1000"),
    seed: text("1"),
    out: text("runs/drift.json"),
    backend: text("native"),
    only: { type: "string" },
  },
});
const [n, updates, lr, projectEvery, seed] = ["n", "updates", "lr", "projectEvery", "seed"].map((name) => {
  const value = Number(given[name]);
  if (!(value > 0)) {
    console.error(`drift: --${name} is ${given[name]}; give a number above 0.`);
    process.exit(2);
  }
  return value;
});
const { dense } = selectBackend(given.backend).backend;

/** Gradients are stretches of these that begin anywhere. */
const source = randomStream(seed, "drift");
const normals = Float64Array.from({ length: 1e6 + 2 * n * n }, () => source.normal());

/** Each: a parametrization, the optimiser of its θ, and the precision θ is stored in. */
const rows = [
  ["unitary, Cayley steps", fullUnitary(), riemannianSgd({ lr }), Float32Array],
  [
    `unitary, Cayley steps, projectEvery ${projectEvery}`,
    fullUnitary(),
    riemannianSgd({ lr, projectEvery }),
    Float32Array,
  ],
  ["unitary, polar retraction", fullUnitary(), riemannianSgd({ lr, retraction: "polar" }), Float32Array],
  ["unitary, Cayley steps, float64", fullUnitary(), riemannianSgd({ lr }), Float64Array],
  ["orthogonal, Cayley steps", fullOrthogonal(), riemannianSgd({ lr }), Float32Array],
  ["scaled-cayley (scoRNN)", scaledCayley(), rmsprop({ lr: 1e-4, preset: "tensorflow" }), Float32Array],
  ["complex-cayley (scuRNN)", complexCayley(), rmsprop({ lr: 1e-4, preset: "tensorflow" }), Float32Array],
].filter(([name]) => given.only === undefined || name === given.only);

const measured = rows.map(([name, ...row]) => ({ name, ...drift(...row) }));
const counts = measured[0]?.samples.map(({ update }) => update) ?? [];
const columns = counts.filter((update) => Number.isInteger(Math.log10(update)) || update === updates);
const width = Math.max(0, ...measured.map(({ name }) => name.length));
for (const [title, key] of [
  ["max |WᴴW − I|", "max"],
  ["‖WᴴW − I‖_F", "frobenius"],
]) {
  console.log(`\n${title}, n = ${n}, after updates`);
  console.log(`${"".padEnd(width)} ${columns.map((update) => String(update).padStart(9)).join("")}`);
  for (const { name, samples } of measured) {
    const cells = columns.map((update) => samples.find((sample) => sample.update === update)[key].toExponential(1));
    console.log(`${name.padEnd(width)} ${cells.map((cell) => cell.padStart(9)).join("")}`);
  }
}
console.log(`\nseconds: ${measured.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)}`).join("; ")}`);
mkdirSync(dirname(given.out), { recursive: true });
const settings = { n, updates, lr, projectEvery, seed, backend: given.backend };
writeFileSync(given.out, `${JSON.stringify({ ...settings, rows: measured }, null, 2)}\n`);

/**
 * Trains θ on Gaussian gradients ∂L/∂W with ‖∂L/∂W‖_F = 1, different at each update, and measures W around the
 * updates 1, 2, 5, 10, 20 …: the larger defect of that update and the one before, since a projection may fall between them.
 */
function drift(parametrization, optimizer, Real) {
  const random = randomStream(seed, "drift", 1);
  const { field } = parametrization.properties;
  const algebra = fieldKernels(field, dense);
  const size = algebra.length(n, n);
  const theta = Real.from(parametrization.initialize(n, randomStream(seed, "init")));
  const bound = parametrization.bind(n, dense);
  const options = { manifold: parametrization.manifold?.(n), kernels: dense };
  const state = optimizer.create(theta.length, Real === Float32Array ? "float32" : "float64", options);
  const [weight, gradient, slope] = [new Real(size), new Real(size), new Real(theta.length)];
  const defect = () => measure(weight, algebra);
  const started = performance.now();
  const samples = [];
  let before = { max: 0, frobenius: 0 };
  for (let update = 0; update <= updates; update++) {
    bound.materialize(theta, weight);
    if (isSampled(update)) {
      const now = defect();
      const [max, frobenius] = ["max", "frobenius"].map((key) => Math.max(now[key], before[key]));
      samples.push({ update, max, frobenius });
    }
    if (update === updates) break;
    if (isSampled(update + 1)) before = defect();
    const from = random.integer(normals.length - size);
    gradient.set(normals.subarray(from, from + size));
    const scale = 1 / frobeniusNorm(gradient);
    for (let i = 0; i < size; i++) gradient[i] *= scale;
    bound.pullback(gradient, slope);
    state.step(theta, slope, optimizer.lr);
  }
  return { seconds: (performance.now() - started) / 1000, samples };
}

function isSampled(update) {
  if (update === 0) return false;
  const leading = update / 10 ** Math.floor(Math.log10(update));
  return leading === 1 || leading === 2 || leading === 5 || update === updates;
}

function measure(weight, algebra) {
  const w = Float64Array.from(weight);
  const gram = new Float64Array(algebra.length(n, n));
  algebra.multiply(gram, w, w, { m: n, k: n, n, adjointA: true });
  for (let i = 0; i < n; i++) gram[i * n + i] -= 1;
  const modulus = (at) => Math.hypot(gram[at], algebra.field === "complex" ? gram[n * n + at] : 0);
  let max = 0;
  for (let at = 0; at < n * n; at++) max = Math.max(max, modulus(at));
  return { max, frobenius: frobeniusNorm(gram) };
}
