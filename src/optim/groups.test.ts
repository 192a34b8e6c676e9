import { describe, expect, it } from "vitest";
import { RunError, ShapeError, UsageError } from "../errors.ts";
import { denseKernels } from "../linalg/index.ts";
import {
  adam,
  flattenParameters,
  type ParameterGroup,
  parameterGroups,
  riemannianSgd,
  rmsprop,
  sgd,
  stepDecay,
} from "./index.ts";

const tree = () => ({
  layers: { 0: { W: { theta: Float32Array.of(1, 2, 3) }, U: Float32Array.of(4, 5), b: Float32Array.of(6) } },
  head: { V: Float64Array.of(7, 8), c: Float64Array.of(9) },
});
const ones = (parameters: ReturnType<typeof tree>) =>
  Object.fromEntries([...flattenParameters(parameters)].map(([name, values]) => [name, values.map(() => 1)]));
const one = sgd({ lr: 1 });

describe("parameterGroups", () => {
  it("gives each parameter to the first group that matches", () => {
    const matched = (...patterns: ParameterGroup["match"][]) => [
      ...parameterGroups(
        tree(),
        patterns.map((match) => ({ match, optimizer: one })),
      ).groupOf.values(),
    ];
    expect([...flattenParameters(tree()).keys()]).toEqual([
      "layers.0.W.theta",
      "layers.0.U",
      "layers.0.b",
      "head.V",
      "head.c",
    ]);
    expect(matched("**.theta", "**")).toEqual([0, 1, 1, 1, 1]);
    expect(matched("layers.*.W", "layers.0", "head")).toEqual([0, 1, 1, 2, 2]);
    expect(matched("layers.*.*", "head.*")).toEqual([0, 0, 0, 1, 1]);
    expect(matched(/^head/, (name) => name.endsWith("b"), "**")).toEqual([2, 2, 1, 0, 0]);
    expect(matched("head.V", "**")).toEqual([1, 1, 1, 0, 1]);
  });

  it("steps with each group's optimiser, rate and schedule, each parameter in its own precision", () => {
    const parameters = tree();
    const grouped = parameterGroups(parameters, [
      { match: "**.theta", optimizer: one, lr: 0.1 },
      { match: "head.c", optimizer: one, lr: 0 },
      { match: "**", optimizer: one, schedule: stepDecay({ every: 1, factor: 0.5 }) },
    ]);
    grouped.step(ones(parameters), 0);
    grouped.step(ones(parameters), 1);
    expect(parameters.layers[0].W.theta[0]).toBeCloseTo(0.8, 6);
    expect(parameters.layers[0].U[0]).toBe(2.5);
    expect([...parameters.head.V]).toEqual([5.5, 6.5]);
    expect([...parameters.head.c]).toEqual([9]);
    expect(grouped.learningRates(1)).toEqual([0.1, 0, 0.5]);
    expect(grouped.counts()["head.V"]).toBe(2);
  });

  it("saves and restores every bit", () => {
    const groups = [
      { match: "**.theta", optimizer: rmsprop({ lr: 0.01, preset: "tensorflow" }) },
      { match: "**", optimizer: adam() },
    ];
    const straight = tree();
    const first = parameterGroups(straight, groups);
    for (let step = 0; step < 5; step++) first.step(ones(straight), step);
    expect(Object.keys(first.tensors())).toEqual([
      "layers.0.W.theta/square",
      ...["layers.0.U", "layers.0.b", "head.V", "head.c"].flatMap((name) => [`${name}/mean`, `${name}/square`]),
    ]);
    const saved = Object.fromEntries(Object.entries(first.tensors()).map(([name, array]) => [name, array.slice()]));
    const counts = first.counts();
    const resumed = structuredClone(straight);
    const second = parameterGroups(resumed, groups);
    second.restore(saved, counts);
    for (let step = 5; step < 9; step++) {
      first.step(ones(straight), step);
      second.step(ones(resumed), step);
    }
    expect(resumed).toEqual(straight);
    expect(second.tensors()).toEqual(first.tensors());
    expect(second.counts()).toEqual(first.counts());

    const { "head.c": _, ...fewer } = counts;
    expect(() => second.restore(saved, fewer)).toThrow(/no optimiser state of "head.c"/);
    expect(() => second.restore({ ...saved, "tail/mean": Float32Array.of(1) }, counts)).toThrow(RunError);
    expect(() => second.restore(saved, { ...counts, tail: 1 })).toThrow(/"tail"/);
  });

  it("says which pattern is wrong", () => {
    const build =
      (...patterns: ParameterGroup["match"][]) =>
      () =>
        parameterGroups(
          tree(),
          patterns.map((match) => ({ match, optimizer: one })),
        );
    expect(build("head.W", "**")).toThrow(UsageError);
    expect(build("head.W", "**")).toThrow(/group "head.W" matches no parameter. Did you mean "head.V"/);
    expect(build("layers.*", "layers.*.theta", "**")).toThrow(/"layers.\*.theta" matches no parameter/);
    expect(build("**", "head")).toThrow(/"head" gets nothing: "head.V", "head.c" went to an earlier group \(index 0\)/);
    expect(build("layers")).toThrow(/No parameter group matches "head.V", "head.c".*match: "\*\*"/);
    expect(build("hea.", "**")).toThrow(/matches no parameter/);
    expect(build(/x{9}/, "**")).toThrow(/\/x\{9\}\/ matches no parameter/);
    expect(() => parameterGroups(tree(), [{ match: "**", optimizer: one, lr: -1 }])).toThrow(/learning rate.*-1/);
  });

  it("refuses missing and misshapen gradients before it updates anything", () => {
    const parameters = tree();
    const grouped = parameterGroups(parameters, [{ match: "**", optimizer: one }]);
    const { "head.c": _, ...missing } = ones(parameters);
    expect(() => grouped.step(missing, 0)).toThrow(/no gradient of "head.c"/);
    expect(() => grouped.step({ ...missing, "head.c": Float64Array.of(1, 2) }, 0)).toThrow(ShapeError);
    expect(parameters).toEqual(tree());
  });
});

describe("parameters on a manifold", () => {
  const manifold = { name: "stiefel", field: "real", rows: 2, columns: 2 } as const;
  const identity = () => ({ W: Float32Array.of(1, 0, 0, 1), b: Float32Array.of(1, 1) });
  const groups = (recurrent: ParameterGroup["optimizer"], lr?: number): ParameterGroup[] => [
    { match: "W", optimizer: recurrent, ...(lr !== undefined && { lr }) },
    { match: "**", optimizer: one },
  ];

  it("take steps of Riemannian optimisers beside free ones, on the kernels given", () => {
    const parameters = identity();
    let products = 0;
    const kernels: typeof denseKernels = {
      ...denseKernels,
      multiply(...operands) {
        products++;
        denseKernels.multiply(...operands);
      },
    };
    const context = { manifolds: { W: manifold }, kernels };
    const grouped = parameterGroups(parameters, groups(riemannianSgd({ lr: 2 })), context);
    grouped.step({ W: Float32Array.of(0, 1, 0, 0), b: Float32Array.of(1, 1) }, 0);
    // A = [[0, 1], [−1, 0]], and the Cayley transform of A turns by a right angle.
    expect([...parameters.W]).toEqual([0, -1, 1, 0]);
    expect([...parameters.b]).toEqual([0, 0]);
    expect(products).toBeGreaterThan(0);
  });

  it("refuse plain optimisers, and free ones refuse Riemannian optimisers", () => {
    const context = { manifolds: { W: manifold } };
    const plain = () => parameterGroups(identity(), groups(rmsprop({ lr: 1 })), context);
    expect(plain).toThrow(UsageError);
    expect(plain).toThrow(/"W" lies on a manifold, WᵀW = I, that a step of rmsprop would leave.*riemannian-sgd/);
    expect(() => parameterGroups(identity(), groups(riemannianSgd({ lr: 1 })))).toThrow(/"W" lies on no manifold/);
    expect(() => parameterGroups(identity(), [{ match: "**", optimizer: riemannianSgd({ lr: 1 }) }], context)).toThrow(
      /"b" lies on no manifold/,
    );
    const frozen = identity();
    const grouped = parameterGroups(frozen, groups(one, 0), context);
    grouped.step({ W: Float32Array.of(1, 1, 1, 1), b: Float32Array.of(0, 0) }, 0);
    expect([...frozen.W]).toEqual([1, 0, 0, 1]);
  });
});
