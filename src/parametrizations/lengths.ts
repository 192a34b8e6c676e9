import { ShapeError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";

/** Throws `ShapeError` unless the parameters, or their gradient, are `expected` numbers; `meaning` says which they are. */
export function assertParameters(what: string, array: FloatArray, expected: number, n: number, meaning: string): void {
  if (array.length === expected) return;
  throw new ShapeError(`${what} of ${n} units has ${expected} numbers (${meaning}), but got ${array.length}.`);
}

/** Where the parts of θ begin and end, one after another; `get` cuts one out of θ or its gradient. */
export interface Parts<Name extends string> {
  readonly count: number;
  get<T extends FloatArray>(theta: T, name: Name): T;
}

/** `sizes`: name → how many numbers, in their order within θ. */
export function partsOf<Name extends string>(sizes: Readonly<Record<Name, number>>): Parts<Name> {
  const begins = new Map<string, number>();
  let count = 0;
  for (const [name, size] of Object.entries<number>(sizes)) {
    begins.set(name, count);
    count += size;
  }
  return {
    count,
    get(theta, name) {
      const begin = begins.get(name) ?? 0;
      return theta.subarray(begin, begin + sizes[name]) as typeof theta;
    },
  };
}
