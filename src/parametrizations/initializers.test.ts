import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { orthogonalityResidual, transpose } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { type InitializerSpec, initializers, weightInitializer } from "./initializer-registry.ts";
import { glorotUniform, orthogonal, scaled } from "./initializers.ts";

const shape = { fanIn: 300, fanOut: 100 };
const draw = (spec: InitializerSpec, at = shape) => weightInitializer(spec)(at, randomStream(1, "init"));

function moments(values: Float64Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const kurtosis = values.reduce((sum, value) => sum + (value - mean) ** 4, 0) / values.length / variance ** 2;
  return { mean, variance, kurtosis, largest: Math.max(...values.map(Math.abs)) };
}

describe("initializers", () => {
  it.each<[InitializerSpec, number, "uniform" | "normal"]>([
    ["glorot-uniform", 2 / 400, "uniform"],
    ["glorot-normal", 2 / 400, "normal"],
    ["he-uniform", 2 / 300, "uniform"],
    ["he-normal", 2 / 300, "normal"],
    [{ name: "uniform", low: -0.01, high: 0.01 }, 0.02 ** 2 / 12, "uniform"],
    [{ name: "normal", std: 0.3 }, 0.09, "normal"],
  ])("%o has variance %d and is %s", (spec, variance, kind) => {
    const actual = moments(draw(spec));
    expect(Math.abs(actual.mean)).toBeLessThan(0.02 * Math.sqrt(variance));
    expect(Math.abs(actual.variance / variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(actual.kurtosis - (kind === "uniform" ? 1.8 : 3))).toBeLessThan(0.1);
    if (kind === "uniform") {
      expect(actual.largest).toBeLessThanOrEqual(Math.sqrt(3 * variance));
      expect(actual.largest).toBeGreaterThan(0.999 * Math.sqrt(3 * variance));
    }
  });

  it("draws orthonormal columns of tall and rows of wide matrices", () => {
    expect(orthogonalityResidual(draw("orthogonal"), 100, 300)).toBeLessThan(1e-13);
    const wide = draw("orthogonal", { fanIn: 100, fanOut: 300 });
    expect(orthogonalityResidual(transpose(wide, 100, 300), 100, 300)).toBeLessThan(1e-13);
    expect(orthogonalityResidual(draw("orthogonal", { fanIn: 64, fanOut: 64 }), 64)).toBeLessThan(1e-13);
  });

  it("draws plane rotations: orthogonal, with the angles of Henaff and of Helfrich", () => {
    for (const [name, n] of [
      ["henaff", 200],
      ["helfrich", 201],
    ] as const) {
      const W = draw(name, { fanIn: n, fanOut: n });
      expect(orthogonalityResidual(W, n)).toBeLessThan(1e-14);
      const angles = Array.from({ length: Math.floor(n / 2) }, (_, k) => {
        const start = 2 * k * n + 2 * k;
        return Math.atan2(W[start + 1], W[start]);
      });
      const [low, high] = name === "henaff" ? [-Math.PI, Math.PI] : [0, Math.PI / 2];
      expect(Math.min(...angles)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...angles)).toBeLessThanOrEqual(high);
      expect(Math.max(...angles) - Math.min(...angles)).toBeGreaterThan(0.8 * (high - low));
    }
    expect(() => draw("henaff", { fanIn: 3, fanOut: 4 })).toThrow(/3 × 4/);
  });

  it("fills constants and scaled identities, row-major", () => {
    const small = { fanIn: 2, fanOut: 3 };
    expect([...draw("identity", small)]).toEqual([1, 0, 0, 0, 1, 0]);
    expect([...draw({ name: "identity", scale: 0.5 }, small)]).toEqual([0.5, 0, 0, 0, 0.5, 0]);
    expect([...draw("zeros", small)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...draw({ name: "constant", value: 2 }, small)]).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it("scales another initializer and passes functions through", () => {
    const plain = draw(glorotUniform);
    expect(draw(scaled(glorotUniform, 3))).toEqual(plain.map((value) => 3 * value));
    expect(weightInitializer(orthogonal)).toBe(orthogonal);
  });

  it("describes and builds every name, with shape [fanIn × fanOut]", () => {
    for (const [name, entry] of Object.entries(initializers)) {
      expect(entry.description).not.toBe("");
      const required = Object.fromEntries(Object.entries(entry.options).map(([option, value]) => [option, value ?? 1]));
      const spec = { name, ...required } as InitializerSpec;
      const square = { fanIn: 4, fanOut: 4 };
      const shape = ["henaff", "helfrich"].includes(name) ? square : { fanIn: 3, fanOut: 4 };
      expect(draw(spec, shape)).toHaveLength(4 * shape.fanIn);
      expect(draw(spec, square)).toEqual(draw(spec, square));
    }
  });

  it("names the mistake in a configuration", () => {
    const build = (spec: unknown) => () => weightInitializer(spec as InitializerSpec);
    expect(build("glorot")).toThrow(UsageError);
    expect(build("orthogonl")).toThrow(/Did you mean "orthogonal"/);
    expect(build("toString")).toThrow(UsageError);
    expect(build("normal")).toThrow(/needs std/);
    expect(build({ name: "uniform", low: 0, hihg: 1 })).toThrow(/Did you mean "high"/);
    expect(build({ name: "uniform", low: "0", high: 1 })).toThrow(/low = "0"/);
    expect(build({ name: "uniform", low: 1, high: 0 })).toThrow(/swap/);
    expect(build({ name: "normal", std: -1 })).toThrow(/negative/);
    expect(build({ name: "normal", std: Number.NaN })).toThrow(/NaN/);
  });
});
