import type { ImportedFunction } from "./module.ts";

/** The kernels of assembly/ that generated code calls, with the number of their arguments. */
const argumentCounts = {
  gemm: 14,
  outer: 13,
  crossEntropy: 12,
  squaredError: 12,
  permuteColumns: 7,
  toLanes: 6,
  fromLanes: 6,
  permuteUnits: 5,
  realDiagonal: 5,
  complexDiagonal: 6,
  realDots: 5,
  complexDots: 5,
  realReflection: 6,
  complexReflection: 6,
  realReflectionGradient: 7,
  complexReflectionGradient: 7,
  fourier2: 8,
  fourier4: 8,
  fourier4Last: 6,
  fourierOdd: 10,
  walsh2: 5,
  walsh4: 5,
  realPairs: 8,
  complexPairs: 8,
  realMode: 9,
  complexMode: 10,
  realModeGradient: 7,
  complexModeGradient: 7,
  realSparse: 8,
  complexSparse: 10,
  realProducts: 7,
  complexProducts: 8,
};

export type KernelName = keyof typeof argumentCounts;

/** Arguments are integers, but for the scale of a loss. */
export const importedKernels: readonly ImportedFunction[] = Object.entries(argumentCounts).map(([name, parameters]) =>
  name === "crossEntropy" || name === "squaredError" ? { name, parameters, floatParameter: 7 } : { name, parameters },
);
