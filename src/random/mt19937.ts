import { mersenne } from "pure-rand/generator/mersenne";
import { UsageError } from "../errors.ts";

/**
 * NumPy's `RandomState(seed).permutation(length)`, bit for bit: the order 0 … length−1, then for i = length−1 … 1 exchange
 * entries i and j, where j is the first 32-bit output of MT19937 that is ≤ i after masking with the smallest 2^k−1 ≥ i.
 * The permuted MNIST of the orthogonal-RNN papers is seed 92916, length 784.
 *
 * Throws `UsageError` unless the seed is an integer in [0, 2³²) and the length a non-negative integer.
 */
export function randomStatePermutation(seed: number, length: number): Int32Array {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new UsageError(`The RandomState seed is ${seed}; NumPy takes an integer from 0 to ${2 ** 32 - 1}.`);
  }
  if (!Number.isInteger(length) || length < 0 || length >= 2 ** 31) {
    throw new UsageError(
      `A permutation of ${length} entries does not exist; give an integer from 0 to ${2 ** 31 - 1}.`,
    );
  }
  const generator = mersenne(seed);
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const mask = 0xffffffff >>> Math.clz32(i);
    let j = (generator.next() & mask) >>> 0;
    while (j > i) j = (generator.next() & mask) >>> 0;
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}
