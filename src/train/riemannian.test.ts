import { describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.ts";
import type { Cell } from "../cells/cell.ts";
import { createCell } from "../cells/registry.ts";
import { UsageError } from "../errors.ts";
import { orthogonalityResidual, unitarityResidual } from "../linalg/index.ts";
import { createModel } from "../nn/model.ts";
import { resolveConfig } from "../runs/config/resolve.ts";
import { copying } from "../tasks/copying.ts";
import { optimizerOf } from "./experiment.ts";
import { fit as train } from "./fit.ts";
import { createOptimizer } from "./optimizer-config.ts";

const units = 6;
const task = copying({ delay: 3, symbols: 2, alphabet: 2, seed: 1 });

/** A network with W on its manifold, and how many dense products its backend made. */
function network(cell: Cell) {
  const { backend } = selectBackend("reference");
  let products = 0;
  const dense: typeof backend.dense = {
    ...backend.dense,
    multiply(...operands) {
      products++;
      backend.dense.multiply(...operands);
    },
  };
  const layers = [{ cell, units }];
  const model = createModel(
    { input: task.input, output: task.output, layers },
    { backend: { ...backend, dense }, seed: 1 },
  );
  return { model, products: () => products };
}

const orthogonal = () => createCell("rnn", { parametrization: "orthogonal" });
const unitary = () => createCell("fcurnn");

const configured = (...set: string[]) =>
  resolveConfig({ task: "adding", flags: { model: { cell: { name: "rnn" } } }, set });
const onManifold = ["optimizer.recurrent.name=riemannian-sgd", "optimizer.recurrent.lr=0.05"];

describe("Riemannian optimisers in a configuration", () => {
  it("are resolved with their options, each group to its own", () => {
    const options = ["optimizer.recurrent.retraction=qr", "optimizer.recurrent.projectEvery=100"];
    expect(configured(...onManifold, ...options).optimizer).toMatchObject({
      name: "rmsprop",
      recurrent: { name: "riemannian-sgd", lr: 0.05, retraction: "qr", projectEvery: 100 },
    });
    const wrong =
      (...set: string[]) =>
      () =>
        configured(...onManifold, ...set);
    expect(wrong("optimizer.recurrent.retraction=qrr")).toThrow(UsageError);
    expect(wrong("optimizer.recurrent.projectEvery=0")).toThrow(/projectEvery is 0/);
    expect(wrong("optimizer.recurrent.beta1=0.9")).toThrow(/optimizer\.recurrent\.beta1/);
    expect(wrong("optimizer.recurrent.name=riemannian-sdg")).toThrow(/Did you mean "riemannian-sgd"/);
    const adam = configured("optimizer.recurrent={name: riemannian-adam, secondMoment: scalar, beta2: 0.99}");
    expect(adam.optimizer.recurrent).toEqual({ name: "riemannian-adam", secondMoment: "scalar", beta2: 0.99 });
  });

  const residuals = { orthogonal: orthogonalityResidual, unitary: unitarityResidual };
  it.each(
    ["riemannian-sgd", "riemannian-rmsprop", "riemannian-adam"].flatMap((name) =>
      Object.entries({ orthogonal, unitary }).map(([kind, cell]) => ({
        name,
        kind: kind as keyof typeof residuals,
        cell,
      })),
    ),
  )(
    "$name trains W on its manifold ($kind) beside rmsprop, with the backend's kernels",
    async ({ name, kind, cell }) => {
      const { model, products } = network(cell());
      const optimizer = optimizerOf(configured(`optimizer.recurrent={name: ${name}, lr: 0.01}`));
      const before = model.matrix("layers.0.W");
      const history = await train(model, task, { optimizer, iterations: 60, batch: 4 });
      const after = model.matrix("layers.0.W");
      expect(history.loss).toBeLessThan(history.losses[0]);
      expect(residuals[kind](after, units)).toBeLessThan(1e-12);
      expect(after.some((value, i) => Math.abs(value - before[i]) > 1e-2)).toBe(true);
      expect(products()).toBeGreaterThan(60);
    },
  );

  it("are asked for by parameters on a manifold", () => {
    const { model } = network(unitary());
    const create = (optimizer: Parameters<typeof createOptimizer>[1]) => () =>
      createOptimizer(model.parameters, optimizer, { iterations: 1 });
    expect(create({ name: "rmsprop", lr: 1e-3 })).toThrow(/layers\.0\.W.*WᴴW = I.*riemannian-sgd/);
    expect(create({ name: "riemannian-sgd", lr: 1e-3 })).toThrow(/riemannian-sgd cannot step it/);
    expect(create({ name: "rmsprop", lr: 1e-3, recurrent: { name: "riemannian-adam" } })).not.toThrow();
    expect(create({ name: "rmsprop", lr: 1e-3, recurrent: { lr: 0 } })).not.toThrow();
  });
});
