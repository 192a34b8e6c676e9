import { readdirSync, readFileSync } from "node:fs";
import { createCell } from "../cells/registry.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { createModel, type Model, type ModelOptions } from "../nn/model.ts";
import type { ModelState } from "../nn/runner.ts";
import type { Batch, InputSpec, OutputSpec } from "../nn/spec.ts";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A case computed by bench/peers/fixtures.py with PyTorch in float64; that script documents the fields. */
export interface Fixture {
  readonly name: string;
  readonly time: number;
  readonly batch: number;
  readonly input: InputSpec;
  readonly output: OutputSpec;
  readonly initialState: "zero" | "learned" | "given";
  readonly layers: readonly { cell: string; options: Record<string, unknown>; units: number; inputSize: number }[];
  readonly x: Tensor;
  readonly targets: Tensor;
  readonly mask: Tensor | null;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly given: Readonly<Record<string, Tensor>>;
  readonly loss: number;
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
  const model = createModel(
    {
      input: fixture.input,
      layers: fixture.layers.map(({ cell, options: { initial: _, ...cellOptions }, units }) => ({
        cell: createCell(cell, cell === "irnn" ? {} : cellOptions),
        units,
        initialState: fixture.initialState,
      })),
      output: fixture.output,
    },
    options,
  );
  const values = new Map(model.parameters.map((parameter) => [parameter.name, parameter.values]));
  const names = Object.keys(fixture.parameters).map((name) => fixtureParameter(fixture, name));
  const missing = [...values.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`fixture ${fixture.name} lacks ${missing}; it has ${names}`);
  for (const [name, tensor] of Object.entries(fixture.parameters))
    values.get(fixtureParameter(fixture, name))?.set(tensor.data);
  model.changed();
  return model;
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
  return Object.fromEntries(
    Object.entries(given).map(([name, { data }]) => [
      name.replace(/^layer(\d+)\.(.)0$/, "layers.$1.$2"),
      Float64Array.from(data),
    ]),
  );
}

/** Name in stiefel of a parameter of fixtures.py. */
function parameterName(name: string): string {
  if (name.startsWith("head.")) return name.replace("head.V", "head.weight").replace("head.c", "head.bias");
  return name
    .replace(/^layer(\d+)\.(.*)$/, "layers.$1.$2")
    .replace(/\.U_(.)$/, ".x$1.weight")
    .replace(/\.b_(.)$/, ".x$1.bias")
    .replace(/\.([WV])_(.)$/, ".$1$2")
    .replace(/\.d_c$/, ".dc")
    .replace(/\.U$/, ".x.weight")
    .replace(/\.theta$/, ".W.theta")
    .replace(/\.theta_(.)$/, ".$1.theta")
    .replace(/\.([hcyz])0$/, ".$1.initial");
}

/** parameterName for `layerL.b`, which is modReLU's vector in scoRNN and its kin, and another cell's input bias. */
export function fixtureParameter(fixture: Fixture, name: string): string {
  const layer = /^layer(\d+)\.b$/.exec(name);
  if (!layer) return parameterName(name);
  const { cell } = fixture.layers[Number(layer[1])];
  return ["scornn", "exprnn", "dtriv", "nnrnn"].includes(cell) ? `layers.${layer[1]}.b` : `layers.${layer[1]}.x.bias`;
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
