import { UsageError } from "../errors.ts";
import { haarOrthogonal, transpose } from "../linalg/index.ts";
import type { RandomStream } from "../random/stream.ts";

/** A weight matrix [fanIn × fanOut], used as `x @ W` with x [batch × fanIn]. */
export interface WeightShape {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** A draw of a row-major weight [fanIn × fanOut]. */
export type WeightInitializer = (shape: WeightShape, random: RandomStream) => Float64Array;

/** U(−a, a), a = √(6 / (fanIn + fanOut)) (Glorot and Bengio 2010, eq. 16). */
export const glorotUniform: WeightInitializer = (shape, random) => {
  const bound = Math.sqrt(6 / (shape.fanIn + shape.fanOut));
  return fill(shape, () => random.uniform(-bound, bound));
};

/** N(0, σ²), σ² = 2 / (fanIn + fanOut), not truncated (Glorot and Bengio 2010, eq. 12). */
export const glorotNormal: WeightInitializer = (shape, random) => {
  const deviation = Math.sqrt(2 / (shape.fanIn + shape.fanOut));
  return fill(shape, () => deviation * random.normal());
};

/** U(−a, a), a = √(6 / fanIn): the variance of `heNormal`. */
export const heUniform: WeightInitializer = (shape, random) => {
  const bound = Math.sqrt(6 / shape.fanIn);
  return fill(shape, () => random.uniform(-bound, bound));
};

/** N(0, σ²), σ² = 2 / fanIn, for layers before a ReLU (He et al. 2015, eq. 10). */
export const heNormal: WeightInitializer = (shape, random) => {
  const deviation = Math.sqrt(2 / shape.fanIn);
  return fill(shape, () => deviation * random.normal());
};

/** WᵀW = I (or W Wᵀ = I when fanIn < fanOut), uniform over all such matrices: see `haarOrthogonal`. */
export const orthogonal: WeightInitializer = ({ fanIn, fanOut }, random) => {
  if (fanIn >= fanOut) return haarOrthogonal(fanIn, random, fanOut);
  return transpose(haarOrthogonal(fanOut, random, fanIn), fanOut, fanIn);
};

/**
 * Rotations by t ~ U(low, high) radians in ⌊n/2⌋ planes, a block-diagonal orthogonal matrix with eigenvalues e^{±it}; the
 * last unit of an odd n keeps its value. (−π, π) is the draw of Henaff, Szlam and LeCun (2016), [0, π/2] that of Helfrich,
 * Willmott and Ye (2018) before D. Throws `UsageError` when the weight is not square.
 */
export function rotations(low: number, high: number): WeightInitializer {
  assertFinite("rotations", { low, high });
  return ({ fanIn, fanOut }, random) => {
    if (fanIn !== fanOut) {
      throw new UsageError(`Plane rotations need a square weight, this one is ${fanIn} × ${fanOut}; use "orthogonal".`);
    }
    const angles = Array.from({ length: Math.floor(fanIn / 2) }, () => random.uniform(low, high));
    return fill({ fanIn, fanOut }, (i, j) => {
      const angle = angles[Math.floor(i / 2)];
      if (angle === undefined) return i === j ? 1 : 0;
      if (Math.floor(i / 2) !== Math.floor(j / 2)) return 0;
      if (i === j) return Math.cos(angle);
      return i < j ? Math.sin(angle) : -Math.sin(angle);
    });
  };
}

/** All zero. */
export const zeros: WeightInitializer = (shape) => fill(shape, () => 0);

/** `scale` on the diagonal, zero elsewhere; scale 1 is the IRNN's (Le, Jaitly and Hinton 2015). */
export function identity(scale = 1): WeightInitializer {
  assertFinite("identity", { scale });
  return (shape) => fill(shape, (i, j) => (i === j ? scale : 0));
}

/** U(low, high). Throws `UsageError` unless low ≤ high. */
export function uniform(low: number, high: number): WeightInitializer {
  assertFinite("uniform", { low, high });
  if (low > high) throw new UsageError(`The initializer uniform has low = ${low} above high = ${high}; swap them.`);
  return (shape, random) => fill(shape, () => random.uniform(low, high));
}

/** N(0, std²). Throws `UsageError` when std is negative. */
export function normal(std: number): WeightInitializer {
  assertFinite("normal", { std });
  if (std < 0) throw new UsageError(`The initializer normal has std = ${std}; a standard deviation is not negative.`);
  return (shape, random) => fill(shape, () => std * random.normal());
}

/** Every entry `value`. */
export function constant(value: number): WeightInitializer {
  assertFinite("constant", { value });
  return (shape) => fill(shape, () => value);
}

/** Another initializer times a gain: `scaled(orthogonal, Math.SQRT2)`. */
export function scaled(initializer: WeightInitializer, gain: number): WeightInitializer {
  assertFinite("scaled", { gain });
  return (shape, random) => initializer(shape, random).map((value) => gain * value);
}

function fill({ fanIn, fanOut }: WeightShape, entry: (row: number, column: number) => number): Float64Array {
  const out = new Float64Array(fanIn * fanOut);
  for (let i = 0, at = 0; i < fanIn; i++) for (let j = 0; j < fanOut; j++) out[at++] = entry(i, j);
  return out;
}

function assertFinite(initializer: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isFinite(value)) continue;
    throw new UsageError(`The initializer ${initializer} has ${name} = ${value}; give a finite number.`);
  }
}
