import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** An independent sequence of random draws; equal (seed, name, indices) give equal bits on every machine. */
export interface RandomStream {
  /** Uniform in [low, high). */
  uniform(low?: number, high?: number): number;
  /** Uniform integer in 0 … bound−1. */
  integer(bound: number): number;
  /** Gaussian of mean 0 and variance 1 (Box–Muller). */
  normal(): number;
  /** A uniformly random order of 0 … length−1 (Fisher–Yates). */
  permutation(length: number): Int32Array;
}

/**
 * The stream called `name` of a seed: "data", "init", "shuffle", "dropout" … Indices (an iteration, an epoch, a layer)
 * select one of a family, so that what iteration 1000 draws does not depend on the 999 before it.
 */
export function randomStream(seed: number, name: string, ...indices: number[]): RandomStream {
  const key = `${seed}/${name}/${indices.join("/")}`;
  const generator = xoroshiro128plusFromState([0, 1, 2, 3].map((salt) => hash32(key, salt)));
  const uniform = (low = 0, high = 1) => low + (high - low) * uniformFloat64(generator);
  const integer = (bound: number) => uniformInt(generator, 0, bound - 1);
  let spare: number | undefined;
  return {
    uniform,
    integer,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    permutation(length) {
      const order = Int32Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const held = order[i];
        order[i] = order[j];
        order[j] = held;
      }
      return order;
    },
  };
}

/** FNV-1a over the characters, then MurmurHash3's finaliser: four salts make a 128-bit state. */
function hash32(text: string, salt: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(salt + 1, 0x9e3779b1)) | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
