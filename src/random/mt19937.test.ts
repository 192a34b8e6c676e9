import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { randomStatePermutation } from "./mt19937.ts";

const digest = (seed: number, length: number) =>
  createHash("sha256").update(randomStatePermutation(seed, length).join(",")).digest("hex");

describe("randomStatePermutation", () => {
  it("is the papers' permutation of pixel MNIST", () => {
    const order = [...randomStatePermutation(92916, 784)];
    expect(order.slice(0, 12)).toEqual([319, 576, 323, 107, 355, 716, 197, 20, 625, 60, 443, 620]);
    expect(order.slice(-4)).toEqual([264, 102, 39, 346]);
    expect(digest(92916, 784)).toBe("b5c4665c0096a8f46ca2065aaeb8c1d9479ab73a0cf1f1b2bf6522ceb9d52323");
  });

  // Expected values printed by NumPy 1.24.2; the long ones as the SHA-256 of the comma-joined decimals.
  it("equals NumPy for other seeds and lengths", () => {
    expect([...randomStatePermutation(0, 0)]).toEqual([]);
    expect([...randomStatePermutation(0, 1)]).toEqual([0]);
    expect([...randomStatePermutation(1, 2)]).toEqual([0, 1]);
    expect([...randomStatePermutation(0, 10)]).toEqual([2, 8, 4, 9, 1, 6, 7, 3, 0, 5]);
    expect([...randomStatePermutation(4294967295, 16)]).toEqual([8, 1, 5, 11, 9, 14, 15, 13, 10, 6, 0, 4, 7, 12, 2, 3]);
    expect([...randomStatePermutation(5544, 17)]).toEqual([14, 16, 1, 11, 12, 8, 5, 6, 10, 4, 15, 13, 9, 2, 0, 3, 7]);
    expect(digest(1234, 1025)).toBe("98c129aa1c412b4b20ac7e37d2cfd48643f09ef5dfe586198b98d2a00f070fb9");
    expect(digest(7, 70000)).toBe("65387a6dac72dd3f0ae2eac74262eebce23b37025868e4b6db36de653526cd8e");
  });

  it("refuses seeds and lengths NumPy refuses", () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(() => randomStatePermutation(seed, 3)).toThrow(UsageError);
    for (const length of [-1, 1.5, Number.NaN]) expect(() => randomStatePermutation(1, length)).toThrow(UsageError);
  });
});
