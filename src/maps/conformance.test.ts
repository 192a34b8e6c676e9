import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import {
  type Cell,
  complexProjection,
  complexRecurrent,
  complexState,
  defineCell,
  projection,
  real,
  recurrent,
} from "../cells/cell.ts";
import { UsageError } from "../errors.ts";
import { add } from "../expr/ops.ts";
import { checkGradient } from "../nn/check-gradient.ts";
import { createModel, type Model } from "../nn/model.ts";
import { randomStream } from "../random/stream.ts";
import { relativeError } from "../testing/fixtures.ts";
import { complexDense, kronecker, rotations, structures, unitaryProduct } from "./index.ts";
import { structure as makeStructure, type StructureSpec } from "./registry.ts";
import type { Structure } from "./structure.ts";

/** Every registered structure with its defaults where they fit 16 units, complex ones, and options worth the same care. */
const subjects: Record<string, [Structure, number]> = {
  ...Object.fromEntries(
    Object.entries(structures).map(([name, { create }]): [string, [Structure, number]] => [name, [create(), 16]]),
  ),
  "block-diagonal, 3 blocks": [structures["block-diagonal"].create({ blocks: 3 }), 15],
  "permuted-block, 5 blocks": [structures["permuted-block"].create({ blocks: 5 }), 15],
  "sparse, density 0.4": [structures.sparse.create({ density: 0.4 }), 7],
  "low-rank, rank 1": [structures["low-rank"].create({ rank: 1 }), 5],
  "complex dense": [complexDense(), 7],
  "unitary product": [unitaryProduct(), 8],
  "unitary product, 15 units": [unitaryProduct({ permutationSeed: 3 }), 15],
  "kronecker, 2 × 3 × 2": [kronecker({ factors: [2, 3, 2] }), 12],
  "rotations, capacity 4": [rotations({ capacity: 4 }), 7],
  "rotations, FFT": [rotations({ capacity: "fft" }), 8],
};

/** z' = W(z) + x: linear, so that two steps from a given state show W. */
function linear(structure: Structure): Cell {
  if (structure.field === "complex") {
    return defineCell({
      name: "linear",
      states: { z: complexState },
      inputs: { x: complexProjection() },
      maps: { W: complexRecurrent({ structure }) },
      step: ({ z, x, W }) => ({ z: add(W(z), x) }),
    });
  }
  return defineCell({
    name: "linear",
    states: { z: real },
    inputs: { x: projection() },
    maps: { W: recurrent({ structure }) },
    step: ({ z, x, W }) => ({ z: add(W(z), x) }),
  });
}

function linearModel(structure: Structure, units: number): Model {
  return createModel(
    {
      input: { kind: "dense", features: 2 },
      layers: [{ cell: linear(structure), units, initialState: "given" }],
      output: { loss: "mean-squared-error", size: 3, at: "every-step" },
    },
    { backend: referenceBackend(), seed: 4 },
  );
}

describe.each(Object.entries(subjects))("%s", (_, [structure, units]) => {
  const parts = structure.field === "complex" ? [".re", ".im"] : [""];
  const random = randomStream(9, "maps");
  const gaussian = (length: number) => Float64Array.from({ length }, () => random.normal());

  it("acts as the matrix it says it is", () => {
    const model = linearModel(structure, units);
    const matrix = model.matrix("layers.0.W");
    const state = Object.fromEntries(parts.map((part) => [`layers.0.z${part}`, gaussian(units)]));
    const next = model.step([0, 0], state).state;
    const [a, b = new Float64Array(units)] = parts.map((part) => state[`layers.0.z${part}`]);
    const product = (x: ArrayLike<number>, part: number) =>
      Float64Array.from({ length: units }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < units; i++) sum += x[i] * (matrix[part * units * units + i * units + j] ?? 0);
        return sum;
      });
    const expected = [
      product(a, 0).map((value, j) => value - (parts.length > 1 ? product(b, 1)[j] : 0)),
      product(b, 0).map((value, j) => value + (parts.length > 1 ? product(a, 1)[j] : 0)),
    ];
    for (const [p, part] of parts.entries()) {
      expect(relativeError(next[`layers.0.z${part}`], expected[p])).toBeLessThan(1e-12);
    }
  });

  it("passes gradients to every weight and backwards in time", () => {
    const model = linearModel(structure, units);
    const batch = { length: 4, rows: 3, values: gaussian(24), regression: gaussian(36) };
    const state = Object.fromEntries(parts.map((part) => [`layers.0.z${part}`, gaussian(3 * units)]));
    for (const { name, maxRelativeError } of checkGradient(model, batch, { state, samples: 40 })) {
      expect(maxRelativeError, name).toBeLessThan(1e-6);
    }
  });

  it("is unitary if its coordinates say so", () => {
    const { weights } = structure.bind("W", units);
    if (weights.kind !== "coordinates" || !weights.coordinates.isUnitary) return;
    const matrix = linearModel(structure, units).matrix("layers.0.W");
    const [P, Q] = [matrix.subarray(0, units * units), matrix.subarray(units * units)];
    for (let i = 0; i < units; i++) {
      for (let j = 0; j < units; j++) {
        let [re, im] = [0, 0];
        for (let k = 0; k < units; k++) {
          const [p, q, r, s] = [P[i * units + k], Q[i * units + k], P[j * units + k], Q[j * units + k]];
          re += p * r + q * s;
          im += q * r - p * s;
        }
        expect(re).toBeCloseTo(i === j ? 1 : 0, 12);
        expect(im).toBeCloseTo(0, 12);
      }
    }
  });
});

describe("impossible sizes", () => {
  it.each([
    [structures["block-diagonal"].create({ blocks: 5 }), 16, /5 blocks do not divide 16 units.*1, 2, 4, 8, 16/],
    [structures.hadamard.create(), 12, /power of two, not 12 units; take 8 or 16/],
    [structures["low-rank"].create({ rank: 9 }), 8, /from 1 to 8/],
    [kronecker({ factors: [2, 3] }), 8, /2 × 3 do not multiply to 8 units.*2 × 2 × 2/],
    [rotations({ capacity: 3 }), 8, /even number/],
    [rotations({ capacity: "fft" }), 12, /power of two/],
  ])("%o are refused with the valid choices", (structure, units, message) => {
    expect(() => linearModel(structure, units)).toThrow(message);
  });
  it.each([
    [() => structures.sparse.create({ density: 0 }), /above 0/],
    [() => structures.diagonal.create({ range: Number.NaN }), /range is NaN/],
    [() => kronecker({ penalty: -1 }), /penalty's weight is -1/],
    [() => makeStructure({ name: "low-rank", rnk: 4 } as unknown as StructureSpec), /"rnk".*Did you mean "rank"/],
    [() => makeStructure({ name: "dense", rank: 4 } as unknown as StructureSpec), /"rank".*There is none/],
  ])("refuses options out of range or unknown: %s", (make, message) => {
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });
});
