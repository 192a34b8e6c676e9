import { describe, expect, it } from "vitest";
import { createCell } from "../cells/registry.ts";
import { parametrization } from "../parametrizations/registry.ts";
import { capacity, mapCapacity } from "./capacity.ts";

const ofCell = (name: string, n: number, options = {}) => mapCapacity(createCell(name, options).slots.maps.W, n);

describe("capacity of the restricted uRNN", () => {
  it.each([8, 12])("reaches a null set of U(%i)", (n) => {
    const { parameters, dimension, rank, restricted, gap } = ofCell("urnn", n);
    expect(parameters).toBe(7 * n);
    expect(dimension).toBe(n * n);
    expect(restricted).toBe(true);
    // Lengths and phases of both reflection vectors, two of the three global phases, and one direction more say nothing.
    expect(rank).toBe(7 * n - 7);
    expect(gap).toBeGreaterThan(100);
  });
  it("reaches an open set for few units", () => {
    expect(ofCell("urnn", 4)).toMatchObject({ dimension: 16, rank: 16, restricted: false });
  });
});

describe("capacity of the others", () => {
  it("is full for the Cayley transform, the exponential and the manifold itself", () => {
    expect(capacity(parametrization("scaled-cayley"), 7)).toMatchObject({
      group: "O(n)",
      parameters: 21,
      dimension: 21,
      rank: 21,
      restricted: false,
    });
    expect(ofCell("fcurnn", 5)).toMatchObject({ group: "U(n)", parameters: 25, rank: 25, restricted: false });
    // n² for A and n phases, n of which say the same.
    expect(ofCell("scurnn", 5)).toMatchObject({ group: "U(n)", parameters: 30, rank: 25, restricted: false });
  });

  it("grows with the layers of an EURNN until it is full", () => {
    const ranks = [2, 4, 6, 8].map((layers) => ofCell("eurnn", 6, { capacity: layers }).rank);
    expect([...ranks].sort((a, b) => a - b)).toEqual(ranks);
    expect(ranks[0]).toBeLessThan(36);
    expect(ranks[3]).toBe(36);
  });

  it("of Kronecker factors loses a complex scale per factor but one", () => {
    const { parameters, rank, restricted } = ofCell("kru", 8);
    expect(parameters).toBe(24);
    expect(rank).toBe(24 - 2 * 2);
    expect(restricted).toBe(true);
  });

  it("of structures counts their weights", () => {
    const slot = { ...createCell("rnn").slots.maps.W };
    expect(mapCapacity(slot, 6)).toMatchObject({ group: "GL(n, R)", dimension: 36, rank: 36, restricted: false });
  });
});
