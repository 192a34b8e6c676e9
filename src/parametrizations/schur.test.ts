import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels, eigenvalues, orthogonalityResidual } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { schur } from "./schur.ts";

const n = 7;
const parts = schur().parts?.(n) ?? {};
const offset = (name: string) =>
  Object.keys(parts)
    .slice(0, Object.keys(parts).indexOf(name))
    .reduce((sum, key) => sum + parts[key], 0);
const part = (theta: Float64Array, name: string) => theta.subarray(offset(name), offset(name) + parts[name]);

describe("schur", () => {
  it("has the eigenvalues γ·e^{±iφ}, whatever P and T are", () => {
    expect(parts).toEqual({ P: 21, gamma: 4, angle: 3, T: 18 });
    const random = randomStream(1, "theta");
    const theta = Float64Array.from({ length: schur().parameterCount(n) }, () => random.normal());
    const weight = new Float64Array(n * n);
    schur().bind(n, denseKernels).materialize(theta, weight);
    const values = eigenvalues(weight, n);
    const distances = (re: number, im: number) =>
      Array.from(values.re, (value, i) => Math.hypot(value - re, values.im[i] - im));
    const [gamma, angle] = [part(theta, "gamma"), part(theta, "angle")];
    for (let i = 0; i < 3; i++) {
      for (const sign of [1, -1]) {
        const [re, im] = [gamma[i] * Math.cos(angle[i]), sign * gamma[i] * Math.sin(angle[i])];
        expect(Math.min(...distances(re, im))).toBeLessThan(1e-8);
      }
    }
    expect(Math.min(...distances(gamma[3], 0))).toBeLessThan(1e-8);
  });

  it("starts orthogonal, with no penalty", () => {
    const theta = schur().initialize(n, randomStream(1, "init"));
    const weight = new Float64Array(n * n);
    const bound = schur().bind(n, denseKernels);
    bound.materialize(theta, weight);
    expect(orthogonalityResidual(weight, n)).toBeLessThan(1e-13);
    expect(bound.penalty?.(new Float64Array(theta.length))).toBe(0);
  });

  it("penalises γ away from 1 and T away from 0", () => {
    const theta = new Float64Array(schur().parameterCount(n));
    part(theta, "gamma").set([1, 3, 1, 0]);
    part(theta, "T").set([2], 5);
    const bound = schur({ delta: 0.5, decay: 0.25 }).bind(n, denseKernels);
    expect(() => bound.penalty?.(new Float64Array(theta.length))).toThrow(/materialize first/);
    bound.materialize(theta, new Float64Array(n * n));
    const gradient = new Float64Array(theta.length);
    expect(bound.penalty?.(gradient)).toBe(0.5 * (4 + 1) + 0.25 * 4);
    expect([...part(gradient, "gamma")]).toEqual([0, 2, 0, -1]);
    expect(part(gradient, "T")[5]).toBe(1);
    for (const options of [{ delta: -1 }, { decay: Number.NaN }]) expect(() => schur(options)).toThrow(UsageError);
  });
});
