import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import { createModel } from "../nn/model.ts";
import { cells, createCell } from "./registry.ts";
import { withStructure } from "./with-structure.ts";

const parametersOf = (cell: ReturnType<typeof createCell>, units: number) =>
  createModel(
    {
      input: { kind: "dense", features: 1 },
      layers: [{ cell, units }],
      output: { loss: "mean-squared-error", size: 1, at: "last-step" },
    },
    { backend: referenceBackend() },
  ).parameters;

const recurrentWeights = (cell: ReturnType<typeof createCell>, units: number) =>
  parametersOf(cell, units)
    .filter(({ role }) => role === "recurrent")
    .reduce((sum, { values }) => sum + values.length, 0);

describe("withStructure", () => {
  it.each([
    ["dense", 16 * 16],
    ["diagonal", 16],
    [{ name: "block-diagonal", blocks: 4 }, (16 * 16) / 4],
    [{ name: "permuted-block", blocks: 8 }, (16 * 16) / 8],
    [{ name: "sparse", density: 0.25 }, (16 * 16) / 4],
    ["hadamard", 16],
    [{ name: "low-rank", rank: 3 }, 16 * 7],
  ] as const)("gives every gate the weights of %o", (structure, perGate) => {
    for (const [name, gates] of [
      ["rnn", 1],
      ["gru", 3],
      ["lstm", 4],
    ] as const) {
      expect(recurrentWeights(withStructure(createCell(name), { structure }), 16)).toBe(gates * perGate);
    }
  });

  it("keeps a parametrization that makes square blocks, and applies another to every gate", () => {
    const blocks = withStructure(createCell("scornn"), { structure: { name: "block-diagonal", blocks: 4 } });
    expect(recurrentWeights(blocks, 16)).toBe(4 * ((4 * 3) / 2));
    const gates = withStructure(createCell("lstm"), { parametrization: "scaled-cayley" });
    expect(recurrentWeights(gates, 6)).toBe(4 * 15);
  });

  it("leaves weights free where the old parametrization cannot make them", () => {
    const names = parametersOf(withStructure(createCell("scornn"), { structure: "diagonal" }), 4).map(
      ({ name }) => name,
    );
    expect(names).toContain("layers.0.W");
  });

  it.each([
    ["fcurnn", { structure: "diagonal" }, /fcurnn.*complex.*real.*"dense" only/],
    ["urnn", { structure: "dense" }, /unitary-product.*leave structure out/],
    ["eurnn", { parametrization: "free" }, /rotations.*leave parametrization out/],
    ["scornn", { parametrization: "complex-cayley" }, /maps are real and "complex-cayley" is complex/],
    ["mingru", { structure: "diagonal" }, /no recurrent map/],
    ["rnn", { structure: "diagnal" }, /Did you mean "diagonal"|diagonal/],
  ] as const)("refuses %s with %o", (name, overrides, message) => {
    expect(() => withStructure(createCell(name), overrides as Parameters<typeof withStructure>[1])).toThrow(message);
  });

  it("refuses a parametrization for weights that are no matrices when the model is made", () => {
    const cell = withStructure(createCell("rnn"), { structure: "sparse", parametrization: "scaled-cayley" });
    expect(() => parametersOf(cell, 8)).toThrow(/leave the parametrization free.*dense, block-diagonal/);
    const manifold = withStructure(createCell("rnn"), { structure: "block-diagonal", parametrization: "orthogonal" });
    expect(() => parametersOf(manifold, 16)).toThrow(/8 blocks.*"scaled-cayley"/);
  });

  it("leaves every registered cell as it is when nothing is asked for", () => {
    for (const name of Object.keys(cells)) {
      const cell = createCell(name);
      expect(withStructure(cell, {})).toBe(cell);
    }
  });
});
