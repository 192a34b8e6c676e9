import { describe, expect, it } from "vitest";
import { denseKernels, fieldKernels } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { selectBackend } from "./select.ts";

describe.each(["wasm", "native"] as const)("complex algebra on the dense kernels of %s", (name) => {
  const fast = fieldKernels("complex", selectBackend(name).backend.dense);
  const exact = fieldKernels("complex", denseKernels);
  const random = randomStream(1, "complex");
  const gaussian = (length: number, scale = 1) => Float64Array.from({ length }, () => scale * random.normal());
  const distance = (a: Float64Array, b: Float64Array) =>
    a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);

  it.each([1, 7, 33, 64])("agrees with TypeScript for n = %i", (n) => {
    const [a, b] = [gaussian(2 * n * n), gaussian(2 * n * n)];
    const [one, other] = [new Float64Array(2 * n * n), new Float64Array(2 * n * n)];
    for (const adjoints of [{}, { adjointA: true }, { adjointB: true }]) {
      fast.multiply(one, a, b, { m: n, k: n, n, ...adjoints });
      exact.multiply(other, a, b, { m: n, k: n, n, ...adjoints });
      expect(distance(one, other)).toBeLessThan(1e-12);
    }
    // By blocks, then by the embedding.
    for (const scale of [0.1, 30]) {
      const matrix = gaussian(2 * n * n, scale / n);
      for (let i = 0; i < n; i++) {
        matrix[i * n + i] = 1;
        for (let j = 0; j < i; j++) matrix[i * n + j] = -matrix[j * n + i];
        for (let j = 0; j < i; j++) matrix[n * n + i * n + j] = matrix[n * n + j * n + i];
      }
      fast.invert(one, matrix, n);
      exact.invert(other, matrix, n);
      expect(distance(one, other)).toBeLessThan(1e-12);
    }
  });
});
