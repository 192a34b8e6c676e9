import type { FloatArray } from "../linalg/kernels.ts";

/** An array of a model with its name and shape. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: FloatArray;
}

/** What has to be kept of a model: its parameters, and what its parametrizations remember besides. */
export interface ModelArrays {
  readonly parameters: readonly NamedArray[];
  readonly buffers?: readonly { readonly name: string; readonly values: Float64Array }[];
}

/** Parameters first, then buffers, which are vectors. */
export const keptArrays = ({ parameters, buffers = [] }: ModelArrays): readonly NamedArray[] => [
  ...parameters,
  ...buffers.map(({ name, values }) => ({ name, shape: [values.length], values })),
];
