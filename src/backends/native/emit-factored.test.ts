import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allocator, ref } from "../../compile/allocator.ts";
import { BackendError } from "../../errors.ts";
import { scratchFloats } from "../../plan/memory.ts";
import { chainOf, factorKinds } from "../../testing/factor-chains.ts";
import { emitFactored, emitFactoredAdjoint } from "./emit-factored.ts";
import { radicesOf } from "./emit-fourier.ts";
import { chooseLanes } from "./lanes.ts";

describe("lanes", () => {
  it.each([
    [1, 16, 4],
    [8, 16, 8],
    [10, 16, 16],
    [17, 16, 16],
    [12, 8, 8],
    [3, 4, 4],
  ])("%i rows in vectors of at most %i take %i", (rows, widest, width) => {
    expect(chooseLanes(rows, widest).width).toBe(width);
  });
});

describe("radices", () => {
  it("multiply to n", () => {
    for (let n = 2; n <= 600; n++) {
      for (const registers of [16, 32]) {
        expect(radicesOf(n, registers).reduce((product, radix) => product * radix)).toBe(n);
      }
    }
  });

  it("are fours and eights, and at most one two, for powers of two", () => {
    for (let n = 4; n <= 4096; n *= 2) {
      expect(radicesOf(n, 16).filter((radix) => radix === 2).length).toBeLessThanOrEqual(1);
      expect(n === 4 || radicesOf(n, 32).every((radix) => radix >= 4)).toBe(true);
    }
  });
});

describe("chains", () => {
  const emit = (kinds: readonly string[], n: number, field: "real" | "complex") => {
    const chain = chainOf(kinds, n, field);
    const allocator = new Allocator({ element: "float32", lanes: 16 });
    const parts = field === "complex" ? ["re", "im"] : ["re"];
    const [a, b, c] = ["a", "b", "c"].map((vector) =>
      parts.map((part) => ref(allocator.allocate({ name: vector + part, scope: "shard", rows: 10, width: n }))),
    );
    const scratch = allocator.allocate({
      name: "scratch",
      scope: "workspace",
      rows: 1,
      width: scratchFloats(chain, 16),
    });
    const target = { rows: 10, machine: { lanes: 16, registers: 32 }, helpers: new Map<string, string>() };
    const map = { over: "step", chain, weights: scratch, gradient: scratch, scratch, a, b, c } as const;
    return { chain, parts: parts.length, target, map };
  };

  it("stay within the scratch memory of the plan", () => {
    const kinds = fc.array(fc.constantFrom(...factorKinds), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(kinds, fc.constantFrom(1, 8, 15, 22), fc.constantFrom("real", "complex"), (list, n, field) => {
        const { chain, parts, target, map } = emit(list, n, field);
        const limit = scratchFloats(chain, 16);
        const codes = [
          emitFactored("f", { ...map, kind: "factored" }, target),
          emitFactoredAdjoint("f", { ...map, kind: "factored-adjoint" }, target),
        ];
        for (const code of codes) {
          const starts = [...code.matchAll(/scratch \+ (\d+)L/g)].map(([, start]) => Number(start));
          expect(starts.length).toBeGreaterThan(0);
          expect(Math.max(...starts) + parts * n * 16).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("are refused scratch memory that does not hold their vectors", () => {
    const { target, map } = emit(factorKinds, 8, "complex");
    const scratch = new Allocator({ element: "float32", lanes: 16 }).allocate({
      ...({ name: "narrow", scope: "workspace", rows: 1, width: 64 } as const),
    });
    const narrow = { ...map, scratch };
    expect(() => emitFactored("f", { ...narrow, kind: "factored" }, target)).toThrow(BackendError);
    expect(() => emitFactoredAdjoint("f", { ...narrow, kind: "factored-adjoint" }, target)).toThrow(
      /narrow has 64 floats/,
    );
  });

  it("grow with n by their tables only", () => {
    const size = (n: number) => {
      const { target, map } = emit(factorKinds, n, "complex");
      const code = emitFactoredAdjoint("f", { ...map, kind: "factored-adjoint" }, target);
      return [code, ...target.helpers.values()].join("\n").replaceAll(/\{[-+.,\de f]+\}/g, "").length;
    };
    expect(size(4096)).toBeLessThan(1.1 * size(512));
  });
});
