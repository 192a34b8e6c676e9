/**
 * jax-js on its wasm backend, one jitted training step. It has no scan, so the loop over time is unrolled into the trace: the
 * sequence is cut to TRACE_TIME steps (longer traces compile for minutes and overflow the stack) and its time scaled.
 * Its solver cannot be jitted, so scoRNN's W is a free matrix here: the Cayley solve is left out, in its favour.
 *
 * @module
 */
import { serve } from "./serve.mjs";
import { feasibleTime, scaled } from "./truncate.mjs";

const TRACE_TIME = 200;
const BYTES_LIMIT = 2e9;
const KEPT_ARRAYS = { scornn: 12, lstm: 40 };
const KEPT_GRADIENTS = 4;

await serve(async () => {
  // It looks for WebGPU in `navigator`, which Node 20 has not.
  globalThis.navigator ??= { userAgent: "node" };
  const jax = await import("@jax-js/jax");
  const devices = await jax.init("wasm");
  if (!devices.includes("wasm")) throw new Error(`jax-js offers ${devices.join(", ")}, no wasm`);
  jax.defaultDevice("wasm");
  let current;
  return {
    ready: { name: "jax-js-wasm", detail: "unrolled trace; scoRNN without the Cayley solve" },
    async run(benchCase, steps) {
      if (current?.id !== benchCase.id) {
        current?.dispose();
        current = undefined;
        const feasible = await feasibleTime(benchCase, {
          bytesPerTime: bytesPerTime(benchCase),
          bytesLimit: BYTES_LIMIT,
          stepMs: async (probe) => {
            const trainer = makeTrainer(jax, benchCase, probe);
            await trainer.step();
            const ms = await timed(trainer.step);
            trainer.dispose();
            return ms;
          },
        });
        const time = Math.min(feasible, TRACE_TIME);
        current = { id: benchCase.id, time, ...makeTrainer(jax, benchCase, time) };
        await current.step();
      }
      const ms = [];
      for (let i = 0; i < steps; i++) ms.push(await timed(current.step));
      return { ...scaled(benchCase, current.time, ms), loss: current.loss() };
    },
  };
});

/** What the trace keeps per time step: arrays of the state's size, and terms of the gradient of W. */
function bytesPerTime({ cell, units, batch }) {
  return 4 * (batch * units * KEPT_ARRAYS[cell] + units ** 2 * KEPT_GRADIENTS);
}

async function timed(step) {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

/** Parameters, mean squares and one jitted training step on the first `time` steps of the case. */
function makeTrainer(jax, { cell, units: n, batch, input, output, optimizer: rates }, time) {
  const { numpy: np, nn, tree } = jax;
  const features = input.kind === "symbols" ? input.classes : input.features;
  const every = output.at === "every-step";
  const gates = cell === "lstm" ? 4 : 1;
  const rows = time * batch;
  const drawn = ([r, c], scale) =>
    np.array(Float32Array.from({ length: r * c }, () => scale * (2 * Math.random() - 1))).reshape([r, c]);
  const oneHot = (count, depth) => {
    const classes = Int32Array.from({ length: count }, () => Math.floor(depth * Math.random()));
    return nn.oneHot(np.array(classes), depth);
  };
  const x = input.kind === "symbols" ? oneHot(rows, features) : drawn([rows, features], 1);
  const y = oneHot(every ? rows : batch, output.size);
  let parameters = {
    U: drawn([features, gates * n], cell === "lstm" ? 1 / Math.sqrt(features) : 0.01),
    W: cell === "scornn" ? np.array(reflection(n)).reshape([n, n]) : drawn([n, gates * n], 1 / Math.sqrt(n)),
    b: np.zeros([gates * n]),
    V: drawn([n, output.size], 1 / Math.sqrt(n)),
    c: np.zeros([output.size]),
  };
  let squares = tree.map((p) => np.onesLike(p.ref), parameters);
  const cellStep = { scornn: scornnStep, lstm: lstmStep }[cell];

  function loss(p, x, y) {
    const projected = np.matmul(x, p.U.ref);
    const biased = cell === "lstm" ? np.add(projected, p.b.ref) : projected;
    let state = { h: np.zeros([batch, n]), c: np.zeros([batch, n]) };
    const outputs = [];
    for (const xt of np.unstack(biased.reshape([time, batch, gates * n]))) {
      state = cellStep(jax, p, xt, state, n);
      if (every) outputs.push(state.h.ref);
    }
    const hidden = every ? np.concatenate(outputs, 0) : state.h.ref;
    const logits = np.add(np.matmul(hidden, p.V.ref), p.c.ref);
    const total = np.sum(np.multiply(nn.logSoftmax(logits), y));
    tree.dispose([p, state]);
    return np.multiply(total, -1 / (every ? rows : batch));
  }

  const update = jax.jit((p, v, x, y) => {
    const [value, gradient] = jax.valueAndGrad(loss)(tree.ref(p), x, y);
    const nextV = tree.map(
      (s, g) => np.add(np.multiply(s, rates.decay), np.multiply(np.square(g), 1 - rates.decay)),
      v,
      tree.ref(gradient),
    );
    const nextP = tree.map(
      (w, g, s) => np.subtract(w, np.divide(np.multiply(g, rates.lr), np.sqrt(np.add(s, 1e-10)))),
      p,
      gradient,
      tree.ref(nextV),
    );
    return [value, nextP, nextV];
  });

  let latest = null;
  return {
    async step() {
      const [value, p, v] = update(parameters, squares, x.ref, y.ref);
      parameters = p;
      squares = v;
      latest = (await value.data())[0];
      await jax.blockUntilReady(parameters);
    },
    loss: () => latest,
    dispose() {
      tree.dispose([parameters, squares, x, y]);
      update.dispose();
    },
  };
}

function scornnStep({ numpy: np, nn }, p, x, { h, c }) {
  const z = np.add(x, np.matmul(h, p.W.ref));
  return { h: np.multiply(np.sign(z.ref), nn.relu(np.add(np.absolute(z), p.b.ref))), c };
}

function lstmStep({ numpy: np, nn }, p, x, { h, c }, n) {
  const gates = np.add(x, np.matmul(h, p.W.ref));
  const [sigmoids, candidate] = np.split(gates, [3 * n], 1);
  const [i, f, o] = np.split(nn.sigmoid(sigmoids), 3, 1);
  const next = np.add(np.multiply(f, c), np.multiply(i, np.tanh(candidate)));
  return { h: np.multiply(o, np.tanh(next.ref)), c: next };
}

/** I − 2vvᵀ, an orthogonal matrix: the state and the gradient neither grow nor fade into denormal numbers. */
function reflection(n) {
  const v = Float32Array.from({ length: n }, () => Math.random() - 0.5);
  const square = v.reduce((sum, value) => sum + value * value, 0);
  return Float32Array.from({ length: n * n }, (_, ij) => {
    const [i, j] = [Math.floor(ij / n), ij % n];
    return (i === j ? 1 : 0) - (2 * v[i] * v[j]) / square;
  });
}
