/**
 * The equation language: real and complex per-unit expressions, their symbolic derivatives and float64 values.
 *
 * @module
 */
export { leakyRelu, softplus } from "./activations.ts";
export type { Complex } from "./complex.ts";
export { differentiate } from "./differentiate.ts";
export { evaluate } from "./evaluate.ts";
export { modReLU } from "./modrelu.ts";
export { type Leaf, leaf, type Real } from "./node.ts";
export * from "./ops.ts";
export { print } from "./print.ts";
export { share } from "./share.ts";
