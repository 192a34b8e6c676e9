export { denseKernels, solve } from "./dense.ts";
export type { DenseKernels, FloatArray } from "./kernels.ts";
export { frobeniusNorm, identity, transpose } from "./matrix.ts";
export { haarOrthogonal, orthogonalityResidual } from "./orthogonal.ts";
export { qr } from "./qr.ts";
