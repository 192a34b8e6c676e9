import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import { type CellName, createCell } from "../cells/registry.ts";
import { UsageError } from "../errors.ts";
import { unitarityResidual } from "../linalg/unitary.ts";
import { unitaryProduct } from "../maps/unitary-product.ts";
import { createModel } from "../nn/model.ts";
import { randomStream } from "../random/stream.ts";
import { type SystemIdentificationOptions, systemIdentification } from "./system-identification.ts";
import { unitarySystem, unitarySystemNames } from "./unitary-system.ts";

const backend = referenceBackend();
const small = { units: 5, length: 12, heldOutExamples: 6 } as const;

function student(cell: CellName, options: SystemIdentificationOptions, cellOptions: object = {}, seed = 0) {
  const task = systemIdentification(options);
  const { input, output, prescribed } = task;
  const layers = [{ cell: createCell(cell, { ...cellOptions }), units: options.units ?? 16 }];
  const model = createModel({ input, output, layers }, { backend, prescribed, seed });
  const set = (name: string, values: Float64Array) => {
    const parameter = model.parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) throw new Error(`no parameter ${name}`);
    parameter.values.set(values);
    model.changed();
  };
  const nmse = () => {
    const metrics = task.createMetrics();
    for (const batch of task.heldOut("test", 4)) metrics.update(model.loss(batch).outputs, batch);
    return metrics.result().nmse;
  };
  return { task, model, set, nmse };
}

describe("the system", () => {
  it.each(unitarySystemNames)("%s is unitary, and follows from its seed", (system) => {
    for (const units of [1, 4, 7, 16]) {
      const draw = (systemSeed: number) => unitarySystem({ units, system, systemSeed, permutationSeed: 0 });
      expect(unitarityResidual(draw(1), units)).toBeLessThan(1e-12);
      expect(draw(1)).toEqual(draw(1));
      expect(draw(1)).not.toEqual(draw(2));
    }
  });

  it("is another for another permutation only where it has one", () => {
    const draw = (system: (typeof unitarySystemNames)[number], permutationSeed: number) =>
      unitarySystem({ units: 9, system, systemSeed: 1, permutationSeed });
    expect(draw("restricted", 1)).not.toEqual(draw("restricted", 0));
    expect(draw("product2", 1)).not.toEqual(draw("product2", 0));
    expect(draw("haar", 1)).toEqual(draw("haar", 0));
  });

  it("is not changed by the run's seed, which changes the data", () => {
    const batches = [1, 2].map((seed) => systemIdentification({ ...small, seed }).trainBatch(0, 3));
    expect(batches[0].values).not.toEqual(batches[1].values);
    const { set, nmse } = student("fcurnn", { ...small, seed: 2 }, { parametrization: "complex-free" });
    set("layers.0.W", unitarySystem({ units: 5, system: "haar", systemSeed: 0, permutationSeed: 0 }));
    expect(nmse()).toBeLessThan(1e-13);
  });
});

// The targets are rounded to float32: an error of 6e-8 relative, 4e-15 squared.
describe("the model's equations with W_sys", () => {
  it.each(unitarySystemNames)("give the answers of a %s system", (system) => {
    const options = { ...small, system, systemSeed: 3, length: 150 };
    const { task, model, set, nmse } = student("fcurnn", options, { parametrization: "complex-free" });
    expect(nmse()).toBeGreaterThan(0.5);
    set("layers.0.W", unitarySystem({ units: 5, system, systemSeed: 3, permutationSeed: 0 }));
    expect(nmse()).toBeLessThan(1e-13);
    expect(model.gradient(task.trainBatch(0, 4)).loss).toBeLessThan(1e-12);
  });

  it("are within reach of a uRNN of the same permutation when the system is restricted", () => {
    const options = { ...small, units: 11, system: "restricted", systemSeed: 4, permutationSeed: 2 } as const;
    const structure = unitaryProduct({ permutationSeed: 2 }).bind("W", 11);
    if (structure.weights.kind !== "coordinates") throw new Error("no coordinates");
    const theta = structure.weights.coordinates.initialize(randomStream(4, "system/restricted", 11));
    const same = student("urnn", options, { permutationSeed: 2 });
    same.set("layers.0.W.theta", theta);
    expect(same.nmse()).toBeLessThan(1e-13);
    const other = student("urnn", options, { permutationSeed: 1 });
    other.set("layers.0.W.theta", theta);
    expect(other.nmse()).toBeGreaterThan(0.1);
  });
});

describe("what the task prescribes", () => {
  it.each(["urnn", "fcurnn", "scurnn", "eurnn", "kru"] as const)("leaves only W of %s to be trained", (cell) => {
    const { model } = student(cell, { ...small, bias: -0.3 }, {}, 7);
    const trained = model.parameters.filter(({ frozen }) => !frozen);
    expect(trained.length).toBeGreaterThan(0);
    for (const { role } of trained) expect(role).toBe("recurrent");
    expect(model.parameterCount).toBe(trained.reduce((sum, { values }) => sum + values.length, 0));
    const values = (name: string) => [...(model.parameters.find((p) => p.name === name)?.values ?? [])];
    expect(values("layers.0.b")).toEqual([-0.3, -0.3, -0.3, -0.3, -0.3]);
    expect(values("layers.0.h.re.initial")).toEqual([0, 0, 0, 0, 0]);
    expect(values("head.weight")).toEqual(values("layers.0.x.re.weight"));
  });

  it("fits one layer of a complex cell of as many units", () => {
    expect(() => student("rnn", small)).toThrow(/no value for the parameter "layers\.0\.x\.weight".*--cell urnn/);
    const { input, output, prescribed } = systemIdentification(small);
    const layer = (units: number) => ({ cell: createCell("scurnn"), units });
    const build = (...units: number[]) =>
      createModel({ input, output, layers: units.map(layer) }, { backend, prescribed });
    expect(() => build(5, 5)).toThrow(/layers\.1\.x\.re\.weight/);
    expect(() => build(6)).toThrow(/of 5 units.*of 6.*--units 6 --set task\.units=6/);
    expect(() => build(6)).toThrow(UsageError);
  });
});

describe("the data", () => {
  it("are circular Gaussian numbers of variance 1, real parts first", () => {
    const { values = [] } = systemIdentification({ units: 2, length: 500 }).trainBatch(0, 40);
    const sums = { power: 0, cross: 0, pseudo: 0 };
    for (let i = 0; i < values.length; i += 4) {
      for (const j of [i, i + 1]) {
        sums.power += values[j] ** 2 + values[j + 2] ** 2;
        sums.pseudo += values[j] ** 2 - values[j + 2] ** 2;
        sums.cross += values[j] * values[j + 2];
      }
    }
    // 40 000 numbers: standard errors 0.005 or below.
    expect(Math.abs(sums.power / 40_000 - 1)).toBeLessThan(0.02);
    expect(Math.abs(sums.pseudo / 40_000)).toBeLessThan(0.02);
    expect(Math.abs(sums.cross / 40_000)).toBeLessThan(0.02);
  });

  it("have the loss of answering zero as their baseline, where nmse is 1", () => {
    const task = systemIdentification({ units: 8, heldOutExamples: 200 });
    const metrics = task.createMetrics();
    let [sum, count] = [0, 0];
    for (const batch of task.heldOut("test", 64)) {
      const { regression = new Float32Array() } = batch;
      metrics.update(new Float32Array(regression.length), batch);
      for (const y of regression) sum += y * y;
      count += regression.length;
    }
    expect(metrics.result().nmse).toBe(1);
    expect(Math.abs(task.baseline / (sum / count) - 1)).toBeLessThan(0.05);
    expect(task.baseline).toBe(systemIdentification({ units: 8 }).baseline);
  });
});
