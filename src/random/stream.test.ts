import { describe, expect, it } from "vitest";
import { randomStream } from "./stream.ts";

describe("randomStream", () => {
  it("gives the same bits for the same seed, name and indices, others otherwise", () => {
    const draw = (...args: Parameters<typeof randomStream>) => {
      const stream = randomStream(...args);
      return [stream.uniform(), stream.normal(), stream.integer(1000), ...stream.permutation(5)];
    };
    expect(draw(1, "data", 3)).toEqual(draw(1, "data", 3));
    for (const other of [draw(2, "data", 3), draw(1, "init", 3), draw(1, "data", 4), draw(1, "data")]) {
      expect(other).not.toEqual(draw(1, "data", 3));
    }
  });

  it("has the moments of its distributions", () => {
    const stream = randomStream(7, "moments");
    const count = 40_000;
    let normal = 0;
    let square = 0;
    let uniform = 0;
    const faces = new Array(6).fill(0);
    for (let i = 0; i < count; i++) {
      const z = stream.normal();
      normal += z / count;
      square += (z * z) / count;
      uniform += stream.uniform(-1, 3) / count;
      faces[stream.integer(6)]++;
    }
    expect(Math.abs(normal)).toBeLessThan(0.02);
    expect(Math.abs(square - 1)).toBeLessThan(0.03);
    expect(Math.abs(uniform - 1)).toBeLessThan(0.03);
    for (const face of faces) expect(Math.abs(face - count / 6)).toBeLessThan(300);
  });

  it("permutes without losing an index", () => {
    expect([...randomStream(1, "shuffle").permutation(100)].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
  });
});
