import { readFileSync } from "node:fs";
import { RunError } from "../errors.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { keptArrays, type ModelArrays } from "./kept-arrays.ts";
import { encodeSafetensors, parseSafetensors } from "./safetensors.ts";

/** What is saved and loaded of a model; `Model` of `stiefel/nn` is one. */
export interface WeightHolder extends ModelArrays {
  changed(): void;
}

/**
 * Writes the parameters by name to a safetensors file, whole or not at all.
 *
 * @throws RunError when the disk is full or the file cannot be written
 */
export function saveWeights(model: ModelArrays, file: string): void {
  const tensors = new Map(keptArrays(model).map(({ name, shape, values }) => [name, { shape, data: values }]));
  writeFileAtomic(file, encodeSafetensors({ tensors, metadata: { format: "stiefel-weights-1" } }));
}

/**
 * Reads the parameters of a model from a safetensors file: one of `saveWeights`, or the checkpoint of a run, of which only
 * the parameters are taken. float32 and float64 are converted into one another.
 *
 * @throws RunError when the file is corrupt or lacks a parameter of this name and shape; the model is then unchanged
 */
export function loadWeights(model: WeightHolder, file: string): void {
  const { tensors } = parseSafetensors(read(file), file);
  const arrays = keptArrays(model);
  const found = arrays.map(({ name, shape }) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      const names = [...tensors.keys()].slice(0, 12).join(", ");
      throw new RunError(`${file} has no tensor "${name}"; it holds ${names}. Build the model that was saved.`);
    }
    const { data } = tensor;
    if (tensor.shape.join() !== shape.join() || !(data instanceof Float32Array || data instanceof Float64Array)) {
      throw new RunError(
        `"${name}" in ${file} is a ${data.constructor.name} [${tensor.shape}], the model's a floating-point [${shape}]. ` +
          `Build the model that was saved.`,
      );
    }
    return data;
  });
  for (const [index, { values }] of arrays.entries()) values.set(found[index]);
  model.changed();
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new RunError(`${file} cannot be read (${(cause as Error).message}). Check the path.`, { cause });
  }
}
