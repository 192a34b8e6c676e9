export { type RiemannianAdamOptions, riemannianAdam } from "./adam.ts";
export { type RetractionName, retractions } from "./retractions.ts";
export type { RiemannianOptions } from "./riemannian.ts";
export { type RiemannianRmspropOptions, riemannianRmsprop, type SecondMoment } from "./rmsprop.ts";
export { type RiemannianSgdOptions, riemannianSgd } from "./sgd.ts";
export { generator, projectTangent } from "./tangent.ts";
