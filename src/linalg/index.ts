export type { ComplexMatrix, RealOrComplex } from "./complex.ts";
export { type ComplexLU, complexSolve, factorComplexLU, solveFactored } from "./complex-lu.ts";
export { type ComplexSchur, complexSchur } from "./complex-schur.ts";
export { denseKernels, solve } from "./dense.ts";
export { eigenvalues, spectralRadius } from "./eigenvalues.ts";
export { type Eigenvectors, eigenvectors, eigenvectorsOfSchur } from "./eigenvectors.ts";
export {
  expm,
  expmFrechet,
  type MatrixExponential,
  type MatrixExponentialOptions,
  matrixExponential,
} from "./exponential.ts";
export { type Field, type FieldKernels, type FieldShape, fieldKernels } from "./field.ts";
export type { DenseKernels, FloatArray } from "./kernels.ts";
export { frobeniusNorm, identity, transpose } from "./matrix.ts";
export { haarOrthogonal, orthogonalityResidual } from "./orthogonal.ts";
export { polarFactor, polarProjection } from "./polar.ts";
export { type Pseudospectrum, pseudospectrum } from "./pseudospectrum.ts";
export { qr } from "./qr.ts";
export { conditionNumber, type NumericalRank, numericalRank } from "./rank.ts";
export { skewExponential } from "./skew-exponential.ts";
export {
  estimateSpectralNorm,
  type SpectralNormEstimate,
  type SpectralNormOptions,
} from "./spectral/spectral-norm.ts";
export {
  estimateSpectralRadius,
  leftVector,
  type SpectralRadiusEstimate,
  type SpectralRadiusMethod,
  type SpectralRadiusOptions,
} from "./spectral/spectral-radius.ts";
export { type Svd, singularValues, svd } from "./svd.ts";
export { complexQr, haarUnitary, unitarityResidual } from "./unitary.ts";
