export { type FreeOptions, free } from "./free.ts";
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
export type { BoundParametrization, MatrixProperties, Parametrization } from "./parametrization.ts";
export { type ParametrizationName, type ParametrizationSpec, parametrization, parametrizations } from "./registry.ts";
export { type ScaledCayleyOptions, scaledCayley } from "./scaled-cayley.ts";
export {
  helfrich,
  henaff,
  type SkewInitializer,
  type SkewInitializerName,
  skewInitializers,
  zero,
} from "./skew-init.ts";
