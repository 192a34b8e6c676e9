import { ShapeError, UsageError, unknownName } from "../errors.ts";
import type { ModelOptions } from "./model.ts";
import type { Batch, ModelSpec } from "./spec.ts";

const inputKinds = ["symbols", "dense"];
const losses = ["cross-entropy", "mean-squared-error"];
const moments = ["every-step", "last-step"];
const initialStates = ["zero", "learned", "given"];

/** Throws `UsageError` for a specification that no model can have. */
export function requireSpec({ input, layers, output }: ModelSpec): void {
  requireName("input kind", input.kind, inputKinds);
  if (input.kind === "symbols") requireCount("input.classes", input.classes);
  else requireCount("input.features", input.features);
  if (layers.length === 0) throw new UsageError("The model has no recurrent layer; give at least one in `layers`.");
  for (const { cell, units, initialState = cell.initialState } of layers) {
    requireCount("units", units);
    requireName("initialState", initialState, initialStates);
  }
  requireName("loss", output.loss, losses);
  requireName("output.at", output.at, moments);
  requireCount("output.size", output.size);
}

/** Throws `UsageError` for options out of range. */
export function requireOptions({ seed, threads, memoryLimit }: ModelOptions): void {
  if (threads !== undefined) requireCount("threads", threads);
  if (seed !== undefined && !Number.isInteger(seed)) throw new UsageError(`seed is ${seed}, expected an integer.`);
  if (memoryLimit !== undefined && !(memoryLimit > 0)) {
    throw new UsageError(`memoryLimit is ${memoryLimit}, expected a positive number of bytes.`);
  }
}

/** Throws `ShapeError` when a batch has nothing to learn from. */
export function requireTargets({ output }: ModelSpec, { classes, regression, mask }: Batch): void {
  const name = output.loss === "cross-entropy" ? "classes" : "regression";
  if ((name === "classes" ? classes : regression) === undefined) {
    throw new ShapeError(`The batch has no ${name}, which the ${output.loss} loss needs.`);
  }
  if (output.at === "every-step" && mask !== undefined && !mask.some((weight) => weight > 0)) {
    throw new ShapeError("The batch has no step that counts: its mask is 0 everywhere.");
  }
}

function requireName(kind: string, name: string, valid: readonly string[]): void {
  if (!valid.includes(name)) throw unknownName(kind, name, valid);
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${name} is ${value}, expected a positive integer.`);
}
