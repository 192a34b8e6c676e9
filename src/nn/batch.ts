import { ShapeError, unknownName } from "../errors.ts";
import type { ModelState } from "./runner.ts";
import type { Batch, ModelSpec } from "./spec.ts";

/** Throws `ShapeError` when a batch does not fit the model. */
export function requireBatch({ input, output }: ModelSpec, batch: Batch): void {
  const { length, rows } = batch;
  const steps = output.at === "every-step" ? length : 1;
  const wrong = output.loss === "cross-entropy" ? "regression" : "classes";
  if (batch[wrong] !== undefined) {
    throw new ShapeError(`The batch has ${wrong}, which the ${output.loss} loss does not use.`);
  }
  const wrongInput = input.kind === "symbols" ? "values" : "symbols";
  if (batch[wrongInput] !== undefined) {
    throw new ShapeError(
      `The batch has ${wrongInput}, but the model's input is ${input.kind === "symbols" ? "symbols" : "dense values"}.`,
    );
  }
  const expected: [string, ArrayLike<number> | undefined, number, boolean][] = [
    ["symbols", batch.symbols, length * rows, input.kind === "symbols"],
    ["values", batch.values, length * rows * (input.kind === "dense" ? input.features : 0), input.kind === "dense"],
    ["mask", batch.mask, length * rows, false],
    ["classes", batch.classes, steps * rows, false],
    ["regression", batch.regression, steps * rows * output.size, false],
  ];
  for (const [name, array, size, isRequired] of expected) {
    if (array === undefined && isRequired)
      throw new ShapeError(`The batch has no ${name}, which the model's input needs.`);
    if (array !== undefined && array.length !== size) {
      throw new ShapeError(
        `batch.${name} has ${array.length} elements, expected ${size} for ${length} steps of ${rows} rows.`,
      );
    }
  }
  checkClasses("symbols", batch.symbols, input.kind === "symbols" ? input.classes : 0);
  checkClasses("classes", batch.classes, output.size);
}

/** Throws `ShapeError` or `UsageError` unless `state` holds exactly the arrays of `sizes`. */
export function requireStates(state: ModelState, sizes: Readonly<Record<string, number>>): void {
  const names = Object.keys(sizes);
  for (const name of Object.keys(state)) if (!names.includes(name)) throw unknownName("state", name, names);
  for (const [name, size] of Object.entries(sizes)) {
    const length = state[name]?.length ?? 0;
    if (length !== size) throw new ShapeError(`state ${name} has ${length} elements, expected ${size}.`);
  }
}

function checkClasses(name: string, values: Int32Array | undefined, count: number): void {
  if (values === undefined) return;
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= 0 && values[i] < count) continue;
    throw new ShapeError(`batch.${name} contains ${values[i]}, expected integers from 0 to ${count - 1}.`);
  }
}
