/**
 * Throughput of the wasm kernels on one thread: node bench/wasm-kernels.mjs (after npm run build). Best of several
 * repetitions, since the machine may be shared. Padding columns count as work: they are computed.
 */

import { wasmDense } from "../dist/backends/wasm/dense.js";
import { kernelsIn } from "../dist/backends/wasm/kernels.js";
import { wasmBackend } from "../dist/backends/wasm/wasm.js";
import { createCell } from "../dist/cells/registry.js";
import { compile } from "../dist/compile/compile.js";

const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65536, shared: true });
const kernels = kernelsIn(memory);
const floats = new Float32Array(memory.buffer);
for (let i = 0; i < floats.length; i++) floats[i] = Math.random() - 0.5;
const round4 = (n) => Math.ceil(n / 4) * 4;
const [atA, atC, atPacked, atScratch] = [0.25, 4.25, 16.25, 40.25].map((mebibytes) => mebibytes * 2 ** 20);

/** Best rate over repetitions of about 20 ms, in units of `work` per nanosecond. */
function rate(work, body) {
  body();
  const count = Math.max(1, Math.round(2e8 / work / 10));
  let best = 0;
  for (let repetition = 0; repetition < 25; repetition++) {
    const start = performance.now();
    for (let i = 0; i < count; i++) body();
    best = Math.max(best, (work * count) / (performance.now() - start) / 1e6);
  }
  return best;
}

const report = (name, value, unit) => console.log(`${name.padEnd(46)} ${value.toFixed(1).padStart(7)} ${unit}`);

for (const [rows, k, n, groups] of [
  [10, 190, 190, 1],
  [13, 190, 190, 1],
  [250, 190, 190, 1],
  [16, 170, 170, 1],
  [16, 512, 512, 1],
  [10, 68, 68, 4],
  [32, 1024, 1024, 1],
  [1, 190, 190, 1],
]) {
  const width = groups * round4(n);
  const work = 2 * rows * k * width;
  const name = `${rows} × ${k} × ${groups > 1 ? `${groups}·` : ""}${n}`;
  const forward = () => kernels.gemm(atC, width * 4, atA, round4(k) * 4, atPacked, rows, width, k, 1, 0);
  const adjoint = () =>
    kernels.gemm(atC, round4(k) * 4, atA, width * 4, atPacked, rows, round4(k), n, groups, round4(n) * 4);
  report(`product ${name}`, rate(work, forward), "GFLOP/s");
  report(`adjoint ${name}`, rate(2 * rows * round4(k) * n * groups, adjoint), "GFLOP/s");
}

for (const [rows, k, n] of [
  [250, 190, 190],
  [160, 512, 512],
  [128, 1024, 1024],
]) {
  const width = round4(n);
  const outer = () => kernels.outer(atPacked, width * 4, atA, round4(k) * 4, atC, width * 4, rows, k, width, atScratch);
  report(`outer ${rows} × ${k} × ${n}`, rate(2 * rows * k * width, outer), "GFLOP/s");
}

const dense = wasmDense();
for (const n of [190, 512]) {
  const a = Float64Array.from({ length: n * n }, (_, i) => Math.sin(i) + (i % (n + 1) === 0 ? 4 : 0));
  const out = new Float64Array(n * n);
  report(
    `float64 product ${n}`,
    rate(2 * n ** 3, () => dense.multiply(out, a, a, { m: n, k: n, n })),
    "GFLOP/s",
  );
  report(
    `float64 inverse ${n} (2n³)`,
    rate(2 * n ** 3, () => dense.invert(out, a, n)),
    "GFLOP/s",
  );
}

/** Whole elementwise loops of a cell, forward and backward: everything but the matrix products. */
for (const [cell, units] of [
  ["scornn", 190],
  ["lstm", 68],
  ["gru", 190],
]) {
  const backend = wasmBackend();
  const { plan } = compile({
    input: { kind: "symbols", classes: 10 },
    layers: [{ equations: createCell(cell, {}), units, initialState: "zero" }],
    head: { loss: "cross-entropy", size: 10, at: "last-step" },
    ...{ length: 200, batch: 10, mode: "train", target: backend.target },
  });
  const only = (list) => list.filter(({ kind }) => kind === "elementwise");
  const layers = plan.layers.map((layer) => ({
    ...{ name: layer.name, project: [], projectAdjoint: [] },
    step: only(layer.step),
    stepAdjoint: only(layer.stepAdjoint),
  }));
  const executable = backend.compile({ ...plan, layers, pack: [], reductions: [] }, { threads: 1 });
  const work = plan.shape.length * plan.shape.shards * plan.shape.rows * units;
  report(`${cell} ${units}, forward and backward`, rate(work, () => executable.run()) * 1000, "million units/s");
}
