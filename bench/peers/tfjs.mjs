/**
 * TensorFlow.js on its wasm backend (SIMD, one thread: it has no threads on Node). Its linalg has no solver, so scoRNN's W is
 * a free matrix here: the Cayley solve is left out, in its favour.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { serve } from "./serve.mjs";
import { feasibleTime, scaled } from "./truncate.mjs";

/** wasm32 has 4 GiB; a tape keeps about this many arrays of the state's size per time step. */
const BYTES_LIMIT = 2e9;
const FAN_OUT = 8;
const KEPT_ARRAYS = { scornn: 12, lstm: 40 };

await serve(async () => {
  const require = createRequire(import.meta.url);
  const tf = require("@tensorflow/tfjs");
  const { setWasmPaths, version_wasm } = require("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "wasm-out")}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  if (tf.getBackend() !== "wasm") throw new Error(`tfjs chose the ${tf.getBackend()} backend instead of wasm`);
  let current;
  return {
    ready: { name: `tfjs-wasm ${version_wasm}`, detail: "SIMD, 1 thread; scoRNN without the Cayley solve" },
    async run(benchCase, steps) {
      if (current?.id !== benchCase.id) {
        current?.dispose();
        current = undefined;
        const bytesPerTime = 4 * benchCase.batch * benchCase.units * KEPT_ARRAYS[benchCase.cell];
        const time = await feasibleTime(benchCase, {
          bytesPerTime,
          bytesLimit: BYTES_LIMIT,
          stepMs: (probe) => {
            const trainer = makeTrainer(tf, benchCase, probe);
            trainer.step();
            const ms = timed(trainer.step);
            trainer.dispose();
            return ms;
          },
        });
        current = { id: benchCase.id, time, ...makeTrainer(tf, benchCase, time) };
      }
      const ms = Array.from({ length: steps }, () => timed(current.step));
      return { ...scaled(benchCase, current.time, ms), loss: current.loss() };
    },
  };
});

function timed(step) {
  const start = performance.now();
  step();
  return performance.now() - start;
}

/** Variables and one whole training step on the first `time` steps of the case. */
function makeTrainer(tf, { cell, units: n, batch, input, output, optimizer: rates }, time) {
  const features = input.kind === "symbols" ? input.classes : input.features;
  const every = output.at === "every-step";
  const gates = cell === "lstm" ? 4 : 1;
  const drawn = (shape, scale) => tf.variable(tf.randomUniform(shape, -scale, scale));
  const p = {
    U: drawn([features, gates * n], cell === "lstm" ? 1 / Math.sqrt(features) : 0.01),
    W: cell === "scornn" ? tf.variable(reflection(tf, n)) : drawn([n, gates * n], 1 / Math.sqrt(n)),
    b: tf.variable(tf.zeros([gates * n])),
    V: drawn([n, output.size], 1 / Math.sqrt(n)),
    c: tf.variable(tf.zeros([output.size])),
  };
  const rows = time * batch;
  const oneHot = (count, depth) => tf.oneHot(tf.randomUniform([count], 0, depth, "int32"), depth).toFloat();
  const data = tf.tidy(() => ({
    x: input.kind === "symbols" ? oneHot(rows, features) : tf.randomUniform([rows, features]),
    y: oneHot(every ? rows : batch, output.size),
  }));
  const optimizer = tf.train.rmsprop(rates.lr, rates.decay);
  const cells = { scornn: scornnStep, lstm: lstmStep };
  let latest = null;
  const loss = () => {
    const projected = cell === "lstm" ? tf.add(tf.matMul(data.x, p.U), p.b) : tf.matMul(data.x, p.U);
    const xs = unstack(tf, projected, time, batch);
    let state = { h: tf.zeros([batch, n]), c: tf.zeros([batch, n]) };
    const outputs = xs.map((x) => {
      state = cells[cell](tf, p, x, state, n);
      return state.h;
    });
    const hidden = every ? concat(tf, outputs) : state.h;
    return tf.losses.softmaxCrossEntropy(data.y, tf.add(tf.matMul(hidden, p.V), p.c));
  };
  return {
    step() {
      const value = optimizer.minimize(loss, true);
      latest = value.dataSync()[0];
      value.dispose();
    },
    loss: () => latest,
    dispose() {
      optimizer.dispose();
      tf.dispose([Object.values(p), data.x, data.y]);
    },
  };
}

function scornnStep(tf, p, x, { h }) {
  const z = tf.add(x, tf.matMul(h, p.W));
  return { h: tf.mul(tf.sign(z), tf.relu(tf.add(tf.abs(z), p.b))) };
}

function lstmStep(tf, p, x, { h, c }, n) {
  const [sigmoids, candidate] = tf.split(tf.add(x, tf.matMul(h, p.W)), [3 * n, n], 1);
  const [i, f, o] = tf.split(tf.sigmoid(sigmoids), 3, 1);
  const next = tf.add(tf.mul(f, c), tf.mul(i, tf.tanh(candidate)));
  return { h: tf.mul(o, tf.tanh(next)), c: next };
}

/**
 * [time · batch × m] → `time` arrays [batch × m], by repeated splitting: the wasm backend copies the whole array for each
 * slice of it, which would make a plain unstack (and the gradient of a plain concat) quadratic in time.
 */
function unstack(tf, array, time, batch) {
  if (time === 1) return [array];
  const sizes = chunkSizes(time);
  const chunks = tf.split(
    array,
    sizes.map((size) => size * batch),
  );
  return chunks.flatMap((chunk, i) => unstack(tf, chunk, sizes[i], batch));
}

function concat(tf, arrays) {
  if (arrays.length === 1) return arrays[0];
  let from = 0;
  const chunks = chunkSizes(arrays.length).map((size) => {
    from += size;
    return concat(tf, arrays.slice(from - size, from));
  });
  return tf.concat(chunks, 0);
}

/** Up to FAN_OUT nearly equal parts. */
function chunkSizes(total) {
  const parts = Math.min(FAN_OUT, total);
  return Array.from(
    { length: parts },
    (_, i) => Math.floor(((i + 1) * total) / parts) - Math.floor((i * total) / parts),
  );
}

/** I − 2vvᵀ, an orthogonal matrix: the state and the gradient neither grow nor fade into denormal numbers. */
function reflection(tf, n) {
  return tf.tidy(() => {
    const v = tf.randomNormal([n, 1]);
    const unit = tf.div(v, tf.norm(v));
    return tf.sub(tf.eye(n), tf.mul(2, tf.matMul(unit, unit, false, true)));
  });
}
