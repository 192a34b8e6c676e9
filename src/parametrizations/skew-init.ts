import { unknownName } from "../errors.ts";
import type { RandomStream } from "../random/stream.ts";
import { skewIndex, skewParameterCount } from "./skew.ts";

/**
 * A draw of θ [n(n−1)/2], the strict upper triangle of a skew-symmetric A (see `skew.ts`). `entryOfAngle` is the
 * parametrization's: the a for which A = [[0, a], [−a, 0]] gives the rotation W = [[cos t, sin t], [−sin t, cos t]], whose
 * eigenvalues are e^{±it}. It is −tan(t/2) for the Cayley transform and t for the exponential.
 */
export type SkewInitializer = (
  n: number,
  random: RandomStream,
  entryOfAngle: (angle: number) => number,
) => Float64Array;

/**
 * Rotations by t ~ U[0, π/2] in ⌊n/2⌋ planes, all eigenvalues on the right half of the circle. Through the Cayley transform
 * the entries are −tan(t/2) = −√((1 − cos t)/(1 + cos t)), in (−1, 0] (Helfrich, Willmott and Ye 2018, section 3 and code).
 */
export const helfrich: SkewInitializer = (n, random, entryOfAngle) =>
  rotationBlocks(n, () => entryOfAngle(random.uniform(0, Math.PI / 2)));

/**
 * Rotations by t ~ U(−π, π) in ⌊n/2⌋ planes, eigenvalues all around the circle (Henaff, Szlam and LeCun 2016; expRNN's
 * default, where A holds t itself). Through the Cayley transform the same W needs the entries −tan(t/2), which are Cauchy
 * distributed: most are moderate, the few of planes that turn by nearly π are large and learn slowly.
 */
export const henaff: SkewInitializer = (n, random, entryOfAngle) =>
  rotationBlocks(n, () => entryOfAngle(random.uniform(-Math.PI, Math.PI)));

/** A = 0: W is the identity, before any scaling by D. */
export const zero: SkewInitializer = (n) => new Float64Array(skewParameterCount(n));

/** Skew initializers by name. */
export const skewInitializers = {
  helfrich: { description: "plane rotations by t ~ U[0, π/2] (scoRNN)", initialize: helfrich },
  henaff: { description: "plane rotations by t ~ U(−π, π) (expRNN)", initialize: henaff },
  zero: { description: "A = 0", initialize: zero },
} satisfies Record<string, { description: string; initialize: SkewInitializer }>;

export type SkewInitializerName = keyof typeof skewInitializers;

/** The function a name stands for, or the function itself. Throws `UsageError` for an unknown name. */
export function skewInitializer(spec: SkewInitializer | SkewInitializerName): SkewInitializer {
  if (typeof spec === "function") return spec;
  if (!Object.hasOwn(skewInitializers, spec)) {
    throw unknownName("skew initializer", spec, Object.keys(skewInitializers));
  }
  return skewInitializers[spec].initialize;
}

/** θ of 2 × 2 blocks on the diagonal; for odd n the last row and column stay zero. */
export function rotationBlocks(n: number, drawEntry: () => number): Float64Array {
  const theta = new Float64Array(skewParameterCount(n));
  for (let i = 0; i + 1 < n; i += 2) theta[skewIndex(n, i, i + 1)] = drawEntry();
  return theta;
}
