export { denseKernels, solve } from "./dense.ts";
export { type Field, type FieldKernels, type FieldShape, fieldKernels } from "./field.ts";
export type { DenseKernels, FloatArray } from "./kernels.ts";
export { frobeniusNorm, identity, transpose } from "./matrix.ts";
export { haarOrthogonal, orthogonalityResidual } from "./orthogonal.ts";
export { polarFactor, polarProjection } from "./polar.ts";
export { qr } from "./qr.ts";
export { skewExponential } from "./skew-exponential.ts";
export { complexQr, haarUnitary, unitarityResidual } from "./unitary.ts";
