import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cells } from "../../cells/registry.ts";
import { UsageError } from "../../errors.ts";
import { tasks } from "../../tasks/registry.ts";
import { parseAssignment } from "./assignment.ts";
import { parseConfig } from "./config.ts";
import { listRecipes } from "./recipes.ts";
import { resolveConfig } from "./resolve.ts";
import { mergeTrees } from "./tree.ts";

describe("resolveConfig", () => {
  it("starts from the published settings of the task and cell", () => {
    const config = resolveConfig({ task: "copying", flags: { model: { cell: { name: "scornn" }, units: 190 } } });
    expect(config).toMatchObject({
      recipe: "copying-scornn",
      task: { name: "copying", delay: 1000, timing: "after-marker" },
      model: { cell: { name: "scornn", negativeOnes: 0.5 }, units: 190, layers: 1 },
      optimizer: { name: "rmsprop", preset: "tensorflow", lr: 1e-3, recurrent: { lr: 1e-4 } },
      training: { iterations: 10_000, batch: 20 },
      checkpoint: { everySeconds: 30 },
      seed: 0,
    });
    expect(resolveConfig({ task: "copying", flags: { model: { cell: { name: "lstm" } } } })).toMatchObject({
      recipe: "copying-lstm",
      model: { units: 68 },
      optimizer: { preset: "theano", lr: 1e-3 },
      clip: { elementwise: 1 },
    });
    expect(resolveConfig({ task: "copying", flags: { model: { cell: { name: "gru" } } } }).recipe).toBe("copying");
    expect(resolveConfig({ task: "copying" }).model.cell.name).toBe("scornn");
  });

  it("takes the recipe of permuted MNIST when the pixels are permuted", () => {
    const plain = resolveConfig({ task: "pixel-mnist" });
    const permuted = resolveConfig({ task: "pixel-mnist", set: ["task.permuted=true"] });
    expect([plain.recipe, plain.model.cell.negativeOnes]).toEqual(["pixel-mnist-scornn", 0.1]);
    expect([permuted.recipe, permuted.model.cell.negativeOnes]).toEqual(["permuted-mnist-scornn", 0.5]);
    const lstm = resolveConfig({
      task: "pixel-mnist",
      flags: { model: { cell: { name: "lstm" } } },
      set: ["task.permuted=true"],
    });
    expect([lstm.recipe, lstm.task.permuted]).toEqual(["pixel-mnist", true]);
  });

  it("lets assignments win over flags, and flags over the recipe", () => {
    const flags = { model: { units: 20 }, seed: 4, training: { batch: 8 } };
    const config = resolveConfig({
      task: "copying",
      flags,
      set: ["model.units=30", "optimizer.recurrent.lr=5e-5", "seed=6"],
    });
    expect(config).toMatchObject({
      model: { units: 30 },
      seed: 6,
      training: { batch: 8 },
      optimizer: { lr: 1e-3, recurrent: { lr: 5e-5 } },
    });
  });

  it("keeps the newer of iterations and epochs", () => {
    expect(resolveConfig({ task: "adding", flags: { training: { iterations: 5 } } }).training.epochs).toBeUndefined();
    expect(resolveConfig({ task: "copying", set: ["training.epochs=2"] }).training.iterations).toBeUndefined();
  });

  it("takes back what the recipe set with null, and drops the options of another cell or optimiser", () => {
    expect(resolveConfig({ recipe: "demo", set: ["clip=null", "schedule="] })).not.toHaveProperty("clip");
    expect(resolveConfig({ recipe: "demo", set: ["schedule="] })).not.toHaveProperty("schedule");
    const lstm = resolveConfig({ recipe: "demo", flags: { model: { cell: { name: "lstm" } } } });
    expect(lstm.model.cell).toEqual({ name: "lstm" });
    const adam = resolveConfig({ recipe: "demo", set: ["optimizer.name=adam", "optimizer.lr=0.01"] });
    expect(adam.optimizer).toEqual({ name: "adam", lr: 0.01 });
  });

  it("reads a recipe from a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "stiefel-recipe-"));
    const file = join(folder, "mine.yaml");
    writeFileSync(
      file,
      "task: { name: adding, length: 9 }\nmodel: { cell: { name: rnn }, units: 3 }\noptimizer: { name: sgd, lr: 0.1 }\ntraining: { iterations: 4 }\n",
    );
    expect(resolveConfig({ recipe: file })).toMatchObject({ recipe: "mine", task: { length: 9 } });
    writeFileSync(file, "task: [\n");
    expect(() => resolveConfig({ recipe: file })).toThrow(/mine\.yaml is not YAML/);
    rmSync(folder, { recursive: true });
    expect(() => resolveConfig({ recipe: file })).toThrow(/cannot be read/);
  });

  it("refuses a recipe of another task", () => {
    expect(() => resolveConfig({ task: "adding", recipe: "demo" })).toThrow(/demo is for the task copying, not adding/);
  });

  it.each([
    ["optimiser.lr=1", /Unknown option "optimiser"\. Did you mean "optimizer"\?/],
    ["optimizer.recurent.lr=1", /Unknown option "optimizer\.recurent"\. Did you mean "optimizer\.recurrent"/],
    [
      "optimizer.recurrent.lrr=1",
      /Unknown option "optimizer\.recurrent\.lrr"\. Did you mean "optimizer\.recurrent\.lr"/,
    ],
    ["optimizer.name=adm", /Unknown optimizer "adm"\. Did you mean "adam"/],
    ["schedule.name=cosin", /Unknown schedule "cosin"\. Did you mean "cosine"\?/],
    ["model.structure=sparce", /Unknown model\.structure "sparce"\. Did you mean "sparse"\?/],
    ["model.parametrization.name=dtrv", /Unknown model\.parametrization\.name "dtrv"\. Did you mean "dtriv"\?/],
    ["model.structure=5", /model\.structure is 5: expected one of "dense".*, or expected object/],
    ["optimizer.lr=-1", /optimizer\.lr is -1/],
    ["task.delay=1.5", /task\.delay is 1\.5/],
    ["task.delay.x=1", /task\.delay is \{"x":1\}/],
    ["training.batch=0", /training\.batch is 0/],
    ["checkpoint.everySecond=1", /Did you mean "checkpoint\.everySeconds"/],
    ["training.earlyStopping={patience:5}", /no space after the colon in "patience:5"; write patience: 5/],
    ["=1", /is not an assignment/],
    ["task..delay=1", /is not an assignment/],
    ["task.delay=[1", /The value of "task\.delay=\[1" cannot be read/],
  ])("names what is wrong with --set %s", (assignment, message) => {
    expect(() => resolveConfig({ task: "copying", set: [assignment] })).toThrow(UsageError);
    expect(() => resolveConfig({ task: "copying", set: [assignment] })).toThrow(message);
  });

  it("holds each group of parameters to the options of its own optimiser", () => {
    const set = ["optimizer.groups=[{match: layers.0, lr: 0.1}, {match: head, name: sgd, lr: 1, momentum: 0.9}]"];
    expect(resolveConfig({ task: "copying", set }).optimizer.groups).toHaveLength(2);
    const wrong = ["optimizer.groups=[{match: head, name: sgd, lr: 1, beta1: 0.9}]"];
    expect(() => resolveConfig({ task: "copying", set: wrong })).toThrow(/optimizer\.groups\.0\.beta1/);
  });

  it("gives what it reads back: a stored configuration is its own source", () => {
    for (const task of Object.keys(tasks)) {
      for (const cell of Object.keys(cells)) {
        const config = resolveConfig({ task, flags: { model: { cell: { name: cell } } } });
        expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
      }
    }
  });
});

describe("recipes", () => {
  it.each(listRecipes().map((recipe) => [recipe.name, recipe] as const))(
    "%s is complete and says where it comes from",
    (_, recipe) => {
      expect(recipe.description).not.toBe("");
      expect(recipe.source).not.toBe("");
      expect(() =>
        resolveConfig({ recipe: recipe.name, flags: { model: { cell: { name: "scornn" } } } }),
      ).not.toThrow();
    },
  );
});

describe("trees and assignments", () => {
  it("reads numbers, truth values, texts and lists", () => {
    const value = (text: string) => parseAssignment(`a.b=${text}`).value;
    expect([value("1e-3"), value("true"), value("x"), value("[1, 2]"), value(""), value("a=b")]).toEqual([
      ...[0.001, true, "x"],
      [1, 2],
      null,
      "a=b",
    ]);
  });

  it("merges key by key and replaces lists", () => {
    expect(mergeTrees({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, e: undefined })).toEqual({
      a: { b: 1, c: [3] },
      d: 1,
    });
  });
});
