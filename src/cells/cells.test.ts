import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import { UsageError } from "../errors.ts";
import { createModel } from "../nn/model.ts";
import { antisymmetric } from "./antisymmetric.ts";
import { cornn } from "./cornn.ts";
import { lipschitz } from "./lipschitz.ts";
import { cells, createCell } from "./registry.ts";

const model = (cell: string, options: Record<string, unknown> = {}, features = 3) =>
  createModel(
    {
      input: { kind: "dense", features },
      layers: [{ cell: createCell(cell, options), units: 64 }],
      output: { loss: "cross-entropy", size: 2, at: "last-step" },
    },
    { backend: referenceBackend(), seed: 1 },
  );

const range = (values: ArrayLike<number>) => [Math.min(...Array.from(values)), Math.max(...Array.from(values))];
const values = (cell: string, name: string, options?: Record<string, unknown>) =>
  model(cell, options).parameters.find((parameter) => parameter.name === `layers.0.${name}`)?.values ?? [];

describe("cells", () => {
  it.each(Object.entries(cells))("%s says what it is, where it comes from and what holds", (name, entry) => {
    expect(entry.create().name).toBe(name);
    for (const text of [entry.description, entry.paper, entry.invariants]) expect(text).not.toBe("");
    expect(entry.paper).toMatch(/\d{4}$/);
  });

  it.each([
    ["cornn", { dt: 0 }, /dt/],
    ["cornn", { gamma: -1 }, /gamma/],
    ["antisymmetric", { epsilon: -0.1 }, /epsilon/],
    ["lipschitz", { beta: 2 }, /beta/],
    ["lru", { minRadius: 0.99, maxRadius: 0.5 }, /0 ≤ minRadius < maxRadius ≤ 1/],
    ["lru", { minRadius: 1, maxRadius: 1 }, /minRadius = 1/],
    ["mingru", { positve: true }, /Did you mean "positive"/],
  ])("refuses %s with %o", (cell, options, message) => {
    expect(() => createCell(cell, options)).toThrow(UsageError);
    expect(() => createCell(cell, options)).toThrow(message);
  });

  it.each([() => cornn({ dt: Number.NaN }), () => antisymmetric({ gamma: -1 }), () => lipschitz({ epsilon: 0 })])(
    "throws a UsageError for a number out of range: %s",
    (make) => {
      expect(make).toThrow(UsageError);
    },
  );

  it("draws u of an IndRNN from U(0, 1), or as told", () => {
    const [low, high] = range(values("indrnn", "u"));
    expect(low).toBeGreaterThanOrEqual(0);
    expect(low).toBeLessThan(0.1);
    expect(high).toBeLessThan(1);
    expect(high).toBeGreaterThan(0.9);
    const ones = values("indrnn", "u", { recurrentInit: { name: "constant", value: 1 } });
    expect(new Set(Array.from(ones))).toEqual(new Set([1]));
  });

  it.each([
    ["x.weight", 1 / Math.sqrt(3 + 2 * 64)],
    ["x.bias", 1 / Math.sqrt(1 + 2 * 64)],
    ["W", 1 / Math.sqrt(2 * 64)],
    ["V", 1 / Math.sqrt(2 * 64)],
  ])("draws %s of a coRNN as one linear layer over [x, z, y]", (name, bound) => {
    const [low, high] = range(values("cornn", name));
    for (const end of [-low, high]) {
      expect(end).toBeLessThanOrEqual(bound);
      expect(end).toBeGreaterThan(0.9 * bound);
    }
  });

  it("computes the gates of a minLSTM where both vanish", () => {
    const minlstm = model("minlstm", {}, 1);
    for (const gate of ["xf", "xi"]) {
      const bias = minlstm.parameters.find(({ name }) => name === `layers.0.${gate}.bias`);
      bias?.values.fill(gate === "xf" ? -1000 : -1001);
    }
    minlstm.changed();
    const { loss } = minlstm.gradient({ length: 3, rows: 1, values: new Float64Array(3), classes: Int32Array.of(1) });
    expect(loss).toBeCloseTo(Math.LN2, 12);
    for (const { name, gradient } of minlstm.parameters) expect(gradient.every(Number.isFinite), name).toBe(true);
  });
});
