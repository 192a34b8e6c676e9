export { type AntisymmetricOptions, antisymmetric } from "./antisymmetric.ts";
export { type ComplexCayleyOptions, complexCayley } from "./complex-cayley.ts";
export { type ComplexFreeOptions, complexFree } from "./complex-free.ts";
export {
  type ComplexInitializer,
  type ComplexInitializerName,
  complexGlorot,
  complexIdentity,
  complexInitializers,
  haar,
  type UnitaryInitializerName,
  unitaryInitializers,
  unitaryProduct,
} from "./complex-init.ts";
export { type DtrivOptions, dtriv } from "./dtriv.ts";
export { type ExponentialOptions, exponential } from "./exponential.ts";
export { type FreeOptions, free } from "./free.ts";
export { type HouseholderOptions, householder } from "./householder.ts";
export { type InitializerName, type InitializerSpec, initializers, weightInitializer } from "./initializer-registry.ts";
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  normal,
  orthogonal,
  rotations,
  scaled,
  uniform,
  type WeightInitializer,
  type WeightShape,
  zeros,
} from "./initializers.ts";
export type { NormalizedOptions } from "./normalized.ts";
export {
  type FullOrthogonalOptions,
  fullOrthogonal,
  type OrthogonalInitializerName,
  orthogonalInitializers,
} from "./orthogonal.ts";
export type { BoundParametrization, Manifold, MatrixProperties, Parametrization } from "./parametrization.ts";
export { type ParametrizationName, type ParametrizationSpec, parametrization, parametrizations } from "./registry.ts";
export { type ScaledCayleyOptions, scaledCayley } from "./scaled-cayley.ts";
export { type SchurOptions, schur } from "./schur.ts";
export {
  helfrich,
  henaff,
  type SkewInitializer,
  type SkewInitializerName,
  skewInitializers,
  zero,
} from "./skew-init.ts";
export { type SoftOrthogonalOptions, softOrthogonal } from "./soft-orthogonal.ts";
export { spectralNorm } from "./spectral-norm.ts";
export { spectralRadius } from "./spectral-radius.ts";
export { type SvdOptions, svd } from "./svd.ts";
export { type SymmetricSkewOptions, symmetricSkew } from "./symmetric-skew.ts";
export { type FullUnitaryOptions, fullUnitary } from "./unitary.ts";
