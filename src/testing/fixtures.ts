import { readdirSync, readFileSync } from "node:fs";
import type { Cell } from "../cells/cell.ts";
import { createCell } from "../cells/registry.ts";
import { withStructure } from "../cells/with-structure.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { StructureSpec } from "../maps/registry.ts";
import { createModel, type Model, type ModelOptions } from "../nn/model.ts";
import type { ModelState } from "../nn/runner.ts";
import type { Batch, InputSpec, OutputSpec } from "../nn/spec.ts";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface FixtureLayer {
  readonly cell: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly structure?: StructureSpec;
  readonly units: number;
}

/**
 * A case computed by bench/peers/fixtures.py with PyTorch in float64; that script documents the fields. Names of parameters and
 * states are those of the model.
 */
export interface Fixture {
  readonly name: string;
  readonly time: number;
  readonly batch: number;
  readonly input: InputSpec;
  readonly output: OutputSpec;
  readonly initialState: "zero" | "learned" | "given";
  readonly layers: readonly FixtureLayer[];
  readonly x: Tensor;
  readonly targets: Tensor;
  readonly mask: Tensor | null;
  readonly constants: Readonly<Record<string, Tensor>>;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly given: Readonly<Record<string, Tensor>>;
  readonly loss: number;
  readonly penalty?: number;
  readonly gradients: Readonly<Record<string, Tensor>>;
  readonly states: Readonly<Record<string, Tensor>>;
  readonly logits: Tensor;
}

const folder = new URL("../cells/fixtures/", import.meta.url);

export const fixtures: readonly Fixture[] = readdirSync(folder).map((file) =>
  JSON.parse(readFileSync(new URL(file, folder), "utf8")),
);

/** The model of a fixture, with its parameters. */
export function fixtureModel(fixture: Fixture, options: ModelOptions): Model {
  const { input, output, initialState } = fixture;
  const layers = fixture.layers.map((layer) => ({ cell: fixtureCell(layer), units: layer.units, initialState }));
  const model = createModel({ input, layers, output }, options);
  const names = model.parameters.map(({ name }) => name).sort();
  const given = Object.keys(fixture.parameters).sort();
  if (names.join() !== given.join()) throw new Error(`fixture ${fixture.name} has ${given}; the model has ${names}`);
  for (const { name, values } of model.parameters) values.set(fixture.parameters[name].data);
  model.changed();
  return model;
}

export function fixtureCell({ cell, options, structure }: FixtureLayer): Cell {
  const { initial: _, ...cellOptions } = options;
  return withStructure(createCell(cell, cell === "irnn" ? {} : cellOptions), { structure });
}

export function fixtureBatch({ input, output, x, targets, mask, time, batch }: Fixture): Batch {
  return {
    length: time,
    rows: batch,
    ...(input.kind === "symbols" ? { symbols: Int32Array.from(x.data) } : { values: Float64Array.from(x.data) }),
    ...(output.loss === "cross-entropy"
      ? { classes: Int32Array.from(targets.data) }
      : { regression: Float64Array.from(targets.data) }),
    ...(mask && { mask: Float64Array.from(mask.data) }),
  };
}

export function fixtureState({ given }: Fixture): ModelState | undefined {
  if (Object.keys(given).length === 0) return undefined;
  return Object.fromEntries(Object.entries(given).map(([name, { data }]) => [name, Float64Array.from(data)]));
}

/** Largest relative error of the model's gradients, and the parameter it is in. */
export function gradientError(model: Model, { gradients }: Fixture): { error: number; name: string } {
  const errors = model.parameters.map(({ name, gradient }) => ({
    error: relativeError(gradient, gradients[name].data),
    name,
  }));
  return errors.reduce((worst, one) => (one.error > worst.error ? one : worst));
}

/** max |a − b| relative to max |b|. */
export function relativeError(a: FloatArray | readonly number[], b: ArrayLike<number>): number {
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  if (a.length !== b.length || !Number.isFinite(difference)) return Number.POSITIVE_INFINITY;
  return scale === 0 ? difference : difference / scale;
}
