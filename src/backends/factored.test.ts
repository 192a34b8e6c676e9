import { describe, expect, it } from "vitest";
import type { Backend } from "../plan/backend.ts";
import type { FactorChain, PlanShape } from "../plan/plan.ts";
import {
  chainOf,
  chainStart,
  drawChains,
  factorKinds,
  unitaryKinds,
  withoutScratch,
} from "../testing/factor-chains.ts";
import { type Contents, largestDifference, runSketch } from "../testing/plan-sketch.ts";
import { nativeBackend } from "./native/native.ts";
import { findToolchain } from "./native/toolchain.ts";
import { referenceBackend } from "./reference/reference.ts";
import { wasmBackend } from "./wasm/wasm.ts";

const backends: [string, () => Backend, boolean][] = [
  ["wasm", wasmBackend, true],
  ["native", nativeBackend, findToolchain() !== undefined],
];

const length = 2;
const fields = ["real", "complex"] as const;
const shapeOf = (rows: number): PlanShape => ({
  ...{ length, batch: 2 * rows, rows, shards: 2, chunk: 1, segment: length, mode: "train" },
});
type Chains = Readonly<Record<string, FactorChain>>;
const run = (backend: Backend, chains: Chains, rows: number, change?: { at: number; by: number }) =>
  withoutScratch(runSketch(backend, shapeOf(rows), drawChains(chains, rows, length), chainStart(chains, change)));

/** Σ over shards, steps, rows and parts: Re ⟨x, y⟩. */
function inner(contents: Contents, x: string, y: string): number {
  const [left, right] = [contents.get(x)?.flat() ?? [], contents.get(y)?.flat() ?? []];
  return left.reduce((sum, value, i) => sum + value * right[i], 0);
}

const chains = fields.flatMap((field) => [
  ...factorKinds.map((kind) => ({ name: kind, chain: chainOf([kind], 8, field) })),
  { name: "unitary RNN", chain: chainOf(unitaryKinds, 6, field) },
  { name: "everything", chain: chainOf(factorKinds, 8, field) },
]);
const defined = chains.filter(({ chain }) => chain.factors.length > 0);

describe.each(defined)("reference: $chain.field $name", ({ chain }) => {
  const backend = referenceBackend();

  it("the adjoint satisfies ⟨b, chain(a)⟩ = ⟨chainᴴ(b), a⟩", () => {
    const contents = run(backend, { chain }, 3);
    const expected = inner(contents, "chain.b", "chain.y");
    expect(Math.abs(expected)).toBeGreaterThan(1e-3);
    expect(inner(contents, "chain.c", "chain.a")).toBeCloseTo(expected, 12);
  });

  it("the weights' gradient agrees with central differences", () => {
    const step = 1e-3; // chains are at most quadratic in one weight
    const gradient = run(backend, { chain }, 2).get("chain.gradient")?.flat() ?? [];
    expect(gradient).toHaveLength(chain.weightCount);
    gradient.forEach((value, at) => {
      const [more, less] = [step, -step].map((by) =>
        inner(run(backend, { chain }, 2, { at, by }), "chain.b", "chain.y"),
      );
      expect((more - less) / (2 * step)).toBeCloseTo(value, 8);
    });
  });
});

describe("reference: single factors", () => {
  const y = (chain: FactorChain) => {
    const contents = run(referenceBackend(), { chain }, 1);
    const [a, result] = [contents.get("chain.a")?.[0] ?? [], contents.get("chain.y")?.[0] ?? []];
    return { a: a.slice(0, chain.size), y: result.slice(0, chain.size) };
  };

  it("walsh has the signs of the natural order", () => {
    const { a, y: result } = y(chainOf(["walsh"], 4, "real"));
    const [p, q, r, s] = a;
    const expected = [p + q + r + s, p - q + r - s, p + q - r - s, p - q - r + s];
    result.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k] / 2, 12);
    });
  });

  it("fourier's zeroth number is the sum over √n, and inverse undoes fourier", () => {
    const { a, y: once } = y(chainOf(["fourier"], 5, "complex"));
    expect(once[0]).toBeCloseTo(a.reduce((sum, value) => sum + value) / Math.sqrt(5), 12);
    const { a: before, y: after } = y(chainOf(["fourier", "inverse"], 5, "complex"));
    after.forEach((value, k) => {
      expect(value).toBeCloseTo(before[k], 12);
    });
  });

  it("a mode multiplies from the right", () => {
    const chain: FactorChain = {
      field: "real",
      size: 2,
      factors: [{ kind: "mode", at: 0, left: 1, size: 2, right: 1 }],
      weightCount: 4,
    };
    const contents = run(referenceBackend(), { chain }, 1);
    const [x, weights] = [contents.get("chain.a")?.[0] ?? [], contents.get("chain.weights")?.[0] ?? []];
    const [p, q, r, s] = weights;
    expect(contents.get("chain.y")?.[0].slice(0, 2)).toEqual([x[0] * p + x[1] * r, x[0] * q + x[1] * s]);
  });
});

describe.each(backends)("%s", (_, create, isAvailable) => {
  if (!isAvailable) {
    it.skip("skipped: no C compiler", () => {});
    return;
  }
  const backend = create();

  const agree = (chains: Chains, rows: number) => {
    const { error, buffer } = largestDifference(run(backend, chains, rows), run(referenceBackend(), chains, rows));
    expect(error, buffer).toBeLessThan(1e-5);
  };
  const named = <T>(list: readonly T[], chain: (of: T) => FactorChain): Chains =>
    Object.fromEntries(list.map((of) => [`${of}`, chain(of)] as const).filter(([, { factors }]) => factors.length > 0));

  it.each(fields)("%s factors of every kind and size agree", (field) => {
    for (const n of [1, 2, 8, 15, 64])
      agree(
        named(factorKinds, (kind) => chainOf([kind], n, field)),
        3,
      );
  });

  it.each([1, 3, 10, 17])("the unitary RNN's chains agree for %i rows", (rows) => {
    agree(
      named([8, 12, 47, 64, 470], (n) => chainOf(unitaryKinds, n, "complex")),
      rows,
    );
  });

  it.each(fields)("%s chains of every kind agree", (field) => {
    const there = [...factorKinds, ...factorKinds.toReversed()];
    agree(
      named([4, 32], (n) => chainOf(there, n, field)),
      17,
    );
  });

  it("Fourier transforms of every kind of size agree", () => {
    agree(
      named([3, 5, 6, 7, 9, 16, 22, 32, 45, 49, 128, 143, 256], (n) => chainOf(["fourier"], n, "complex")),
      2,
    );
  });
});
