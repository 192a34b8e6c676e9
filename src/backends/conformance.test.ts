import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cell, defineCell, projection, real, recurrent } from "../cells/cell.ts";
import { cells, createCell } from "../cells/registry.ts";
import { withStructure } from "../cells/with-structure.ts";
import { modReLU } from "../expr/modrelu.ts";
import type { Real } from "../expr/node.ts";
import * as e from "../expr/ops.ts";
import type { StructureSpec } from "../maps/registry.ts";
import { checkGradient } from "../nn/check-gradient.ts";
import { createModel, type Model } from "../nn/model.ts";
import type { Batch, InputSpec, LayerSpec, OutputSpec } from "../nn/spec.ts";
import type { Backend } from "../plan/backend.ts";
import { randomStream } from "../random/stream.ts";
import {
  fixtureBatch,
  fixtureModel,
  fixtureState,
  fixtures,
  gradientError,
  relativeError,
} from "../testing/fixtures.ts";
import { nativeBackend } from "./native/native.ts";
import { findToolchain } from "./native/toolchain.ts";
import { referenceBackend } from "./reference/reference.ts";
import { wasmBackend } from "./wasm/wasm.ts";

const { add, mul, tanh } = e;

const backends: [string, () => Backend, boolean][] = [
  ["wasm", wasmBackend, true],
  ["native", nativeBackend, findToolchain() !== undefined],
];

const named = (name: string, options: Record<string, unknown> = {}): [string, Cell] => [
  Object.keys(options).length > 0 ? `${name} ${JSON.stringify(options)}` : name,
  createCell(name, options),
];

const structured = (name: string, options: Record<string, unknown>, structure: StructureSpec): [string, Cell] => [
  `${name} ${JSON.stringify({ ...options, structure })}`,
  withStructure(createCell(name, options), { structure }),
];

/** Every registered cell, and the options and structures that change a cell's equations; for any number of units. */
const anySize: readonly [string, Cell][] = [
  ...Object.keys(cells).map((name) => named(name)),
  named("rnn", { activation: "relu" }),
  named("lstm", { peephole: true }),
  named("gru", { reset: "before" }),
  named("indrnn", { activation: "tanh" }),
  named("antisymmetric", { gated: true }),
  named("mingru", { positive: true }),
  named("minlstm", { positive: true }),
  named("eurnn", { capacity: 4 }),
  structured("lstm", {}, "diagonal"),
  structured("lstm", {}, { name: "sparse", density: 0.3 }),
  structured("lstm", {}, { name: "low-rank", rank: 1 }),
];

/** Maps that need a size of their own; blocks are narrower than a vector register, as wide, and wider. */
const withUnits: readonly [string, Cell, number][] = [
  [...structured("lstm", {}, { name: "block-diagonal", blocks: 8 }), 32],
  [...structured("lstm", { peephole: true }, { name: "block-diagonal", blocks: 8 }), 64],
  [...structured("gru", { reset: "before" }, { name: "block-diagonal", blocks: 4 }), 64],
  [...structured("rnn", {}, { name: "block-diagonal", blocks: 3 }), 33],
  [...structured("lstm", {}, { name: "permuted-block", blocks: 4 }), 32],
  [...structured("lstm", {}, { name: "low-rank", rank: 5 }), 32],
  [...structured("lstm", {}, "hadamard"), 32],
  [...structured("gru", { reset: "before" }, "hadamard"), 64],
  [...named("urnn"), 64],
  [...named("eurnn", { capacity: "fft" }), 32],
  [...named("kru", { factors: [4, 8] }), 32],
  [...named("kru", { factors: [3, 2, 5], penalty: 0 }), 30],
];

const everyCell: readonly [string, number, Cell][] = [
  ...anySize.map(([name, cell]): [string, number, Cell] => [name, 37, cell]),
  ...withUnits.map(([name, cell, units]): [string, number, Cell] => [name, units, cell]),
];

interface Case {
  readonly input: InputSpec;
  readonly output: OutputSpec;
  readonly layers: readonly LayerSpec[];
  readonly length: number;
  readonly rows: number;
  readonly masked?: boolean;
}

function randomBatch({ input, output, length, rows, masked }: Case, seed = 1): Batch {
  const random = randomStream(seed, "batch");
  const count = length * rows;
  const answers = output.at === "every-step" ? count : rows;
  const mask = Float64Array.from({ length: count }, (_, i) =>
    Math.floor(i / rows) <= (i % rows) + length / 2 ? 1 : 0,
  );
  return {
    length,
    rows,
    ...(input.kind === "symbols"
      ? { symbols: Int32Array.from({ length: count }, () => random.integer(input.classes)) }
      : { values: Float32Array.from({ length: count * input.features }, () => random.normal()) }),
    ...(output.loss === "cross-entropy"
      ? { classes: Int32Array.from({ length: answers }, () => random.integer(output.size)) }
      : { regression: Float32Array.from({ length: answers * output.size }, () => random.normal()) }),
    ...(masked && { mask }),
  };
}

/**
 * A model on `backend` and the same one on the reference, with the same (float32) parameters, a little off their symmetric
 * start: there a scoRNN's z may be exactly 0 in one precision only, where modReLU's derivative jumps.
 */
function pair(
  { input, output, layers }: Case,
  backend: Backend,
  options: { threads?: number; checkpointing?: boolean } = {},
) {
  const model = createModel({ input, output, layers }, { backend, seed: 3, ...options });
  const reference = createModel({ input, output, layers }, { backend: referenceBackend(), seed: 3 });
  const noise = randomStream(3, "noise");
  for (const { values } of model.parameters) for (let i = 0; i < values.length; i++) values[i] += 0.05 * noise.normal();
  model.changed();
  reference.parameters.forEach(({ values }, i) => {
    values.set(model.parameters[i].values);
  });
  reference.changed();
  return { model, reference };
}

function expectAgreement(model: Model, reference: Model, batch: Batch): void {
  const { loss } = reference.gradient(batch);
  expect(relativeError([model.gradient(batch).loss], [loss])).toBeLessThan(1e-5);
  model.parameters.forEach(({ name, gradient }, i) => {
    expect(relativeError(gradient, reference.parameters[i].gradient), name).toBeLessThan(1e-4);
  });
  expect(relativeError(model.loss(batch).outputs, reference.loss(batch).outputs)).toBeLessThan(1e-5);
  model.dispose();
}

describe.each(backends)("%s", (_, create, isAvailable) => {
  if (!isAvailable) {
    it.skip("skipped: no C compiler", () => {});
    return;
  }
  const backend = create();

  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("PyTorch fixture %s", (_, fixture) => {
    const model = fixtureModel(fixture, { backend, threads: 1 });
    const { loss } = model.gradient(fixtureBatch(fixture), fixtureState(fixture));
    expect(relativeError([loss], [fixture.loss])).toBeLessThan(1e-5);
    const { error, name } = gradientError(model, fixture);
    expect(error, name).toBeLessThan(1e-4);
    model.dispose();
  });

  it.each(everyCell)("%s of %i units agrees with the reference for T = 50", (_, units, cell) => {
    const layers = [{ cell, units }];
    const output = { loss: "cross-entropy", size: 5, at: "every-step" } as const;
    const one: Case = { input: { kind: "symbols", classes: 7 }, output, layers, length: 50, rows: 11 };
    const { model, reference } = pair(one, backend, { threads: 2 });
    expectAgreement(model, reference, randomBatch(one));
  });

  it("agrees on stacked layers, masks, many features, squared error and checkpointed states", () => {
    const layers = [
      { cell: createCell("lstm"), units: 33, initialState: "learned" as const },
      { cell: createCell("scornn"), units: 20 },
      { cell: createCell("gru", { reset: "before" }), units: 48 },
    ];
    const output = { loss: "mean-squared-error", size: 3, at: "last-step" } as const;
    const one: Case = { input: { kind: "dense", features: 9 }, output, layers, length: 23, rows: 18, masked: true };
    for (const checkpointing of [false, true]) {
      const { model, reference } = pair(one, backend, { threads: 2, checkpointing });
      expectAgreement(model, reference, randomBatch(one));
    }
  });

  it("agrees for odd sizes: one unit, one row, one step, a few features", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...anySize.map(([, cell]) => cell)),
        fc.constantFrom(1, 2, 5, 16, 17, 31),
        fc.constantFrom(1, 3, 8, 13),
        fc.constantFrom(1, 2, 7),
        fc.constantFrom(1, 4, 5),
        fc.constantFrom("every-step" as const, "last-step" as const),
        (cell, units, rows, length, features, at) => {
          const output = { loss: "cross-entropy", size: 3, at } as const;
          const one: Case = { input: { kind: "dense", features }, output, layers: [{ cell, units }], length, rows };
          const { model, reference } = pair(one, backend);
          expectAgreement(model, reference, randomBatch(one));
        },
      ),
      { numRuns: backend.name === "native" ? 12 : 40, seed: 5 },
    );
  });

  it("computes every operator of the equation language, and its derivative", () => {
    const { abs, complex, cos, div, exp, less, log, max, min, relu, select, sigmoid, sign, sin, sqrt, sub } = e;
    const smooth = (z: Real, x: Real) =>
      add(
        add(mul(sin(z), cos(x)), log(add(mul(z, z), 0.7))),
        add(sqrt(add(exp(z), 1)), div(sigmoid(x), add(exp(x), 2))),
      );
    const kinked = (z: Real, x: Real) =>
      add(
        add(min(z, x), mul(0.5, max(z, mul(x, 2)))),
        add(abs(sub(z, 3)), mul(relu(x), add(sign(z), abs(complex(z, x))))),
      );
    const cell = defineCell({
      name: "every-operator",
      states: { h: real },
      inputs: { x: projection() },
      maps: { W: recurrent() },
      step: ({ h, x, W }) => {
        const z = W(h);
        return { h: mul(0.3, tanh(add(smooth(z, x), select(less(z, x), kinked(z, x), e.neg(modReLU(z, 0.1)))))) };
      },
    });
    const output = { loss: "mean-squared-error", size: 2, at: "every-step" } as const;
    const one: Case = {
      input: { kind: "dense", features: 3 },
      output,
      layers: [{ cell, units: 21 }],
      length: 12,
      rows: 9,
    };
    const { model, reference } = pair(one, backend);
    expectAgreement(model, reference, randomBatch(one));
  });

  it("applies maps to input projections, over more steps than a chunk", () => {
    const slots = { states: { h: real }, maps: { W: recurrent(), V: recurrent() } };
    const inputs = { x: projection({ bias: false }) };
    const plain = defineCell({
      ...slots,
      inputs,
      name: "on-input",
      step: ({ h, x, W, V }) => ({ h: tanh(add(W(h), V(x))) }),
    });
    const gated = defineCell({
      ...slots,
      inputs,
      name: "gated-input",
      step: ({ h, x, W, V }) => ({ h: tanh(add(W(h), mul(x, V(x)))) }),
    });
    for (const cell of [plain, gated]) {
      for (const input of [
        { kind: "dense", features: 6 },
        { kind: "symbols", classes: 5 },
      ] as const) {
        const output = { loss: "cross-entropy", size: 3, at: "last-step" } as const;
        const one: Case = { input, output, layers: [{ cell, units: 8 }], length: 150, rows: 2 };
        const { model, reference } = pair(one, backend);
        expectAgreement(model, reference, randomBatch(one));
        for (const { name, maxRelativeError } of checkGradient(reference, randomBatch(one), { samples: 4 })) {
          expect(maxRelativeError, name).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("gives the same bits for any number of threads", () => {
    const layers = [{ cell: createCell("scornn"), units: 40 }];
    const output = { loss: "cross-entropy", size: 4, at: "every-step" } as const;
    const one: Case = { input: { kind: "dense", features: 2 }, output, layers, length: 30, rows: 70 };
    const [first, ...others] = [1, 2, 3, 8].map((threads) => {
      const { model } = pair(one, backend, { threads });
      const { loss } = model.gradient(randomBatch(one));
      const gradients = model.parameters.map(({ gradient }) => gradient.slice());
      model.dispose();
      return { loss, gradients };
    });
    for (const other of others) expect(other).toEqual(first);
  });

  it("runs a smaller last batch on the plan of the full ones", () => {
    const layers = [{ cell: createCell("rnn"), units: 9 }];
    const output = { loss: "cross-entropy", size: 4, at: "last-step" } as const;
    const one: Case = { input: { kind: "dense", features: 1 }, output, layers, length: 12, rows: 20 };
    const { model, reference } = pair(one, backend);
    model.gradient(randomBatch(one));
    expectAgreement(model, reference, randomBatch({ ...one, rows: 7 }, 2));
  });

  it("streams step by step to the outputs of the whole sequence", () => {
    const layers = [
      { cell: createCell("lstm"), units: 12, initialState: "learned" as const },
      { cell: createCell("gru"), units: 10 },
    ];
    const output = { loss: "cross-entropy", size: 4, at: "every-step" } as const;
    const one: Case = { input: { kind: "dense", features: 2 }, output, layers, length: 15, rows: 3 };
    const { model } = pair(one, backend);
    const batch = randomBatch(one);
    const whole = model.loss(batch).outputs;
    let state = model.initialState(3);
    for (let t = 0; t < 15; t++) {
      const result = model.step(batch.values?.subarray(t * 6, (t + 1) * 6) ?? [], state);
      expect(relativeError(result.output, whole.subarray(t * 12, (t + 1) * 12))).toBeLessThan(1e-5);
      state = result.state;
    }
    model.dispose();
  });

  it("carries given states from batch to batch", () => {
    const layers = [{ cell: createCell("lstm"), units: 8, initialState: "given" as const }];
    const output = { loss: "cross-entropy", size: 3, at: "every-step" } as const;
    const one: Case = { input: { kind: "symbols", classes: 4 }, output, layers, length: 20, rows: 5 };
    const { model } = pair(one, backend);
    const whole = randomBatch(one);
    const half = (from: number): Batch => ({
      length: 10,
      rows: 5,
      symbols: (whole.symbols as Int32Array).subarray(from * 5, (from + 10) * 5),
      classes: (whole.classes as Int32Array).subarray(from * 5, (from + 10) * 5),
    });
    const expected = model.loss(whole).loss;
    const first = model.gradient(half(0)).loss;
    const second = model.gradient(half(10), model.finalState()).loss;
    expect((first + second) / 2).toBeCloseTo(expected, 5);
    model.dispose();
  });
});
