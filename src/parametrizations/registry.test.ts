import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denseKernels } from "../linalg/index.ts";
import { randomStream } from "../random/stream.ts";
import { type ParametrizationSpec, parametrization, parametrizations } from "./registry.ts";
import { type SkewInitializerName, skewInitializer } from "./skew-init.ts";

describe("parametrization", () => {
  it("builds by name, by name with options, and passes code through", () => {
    expect(parametrization("free").name).toBe("free");
    const cayley = parametrization({ name: "scaled-cayley", negativeOnes: 1, init: "zero" });
    const weight = new Float64Array(4);
    cayley.bind(2, denseKernels).materialize(cayley.initialize(2, randomStream(1, "init")), weight);
    expect([...weight]).toEqual([-1, -0, -0, -1]);
    expect(parametrization(cayley)).toBe(cayley);
    expect([...parametrization({ name: "free", init: "identity" }).initialize(2, randomStream(1, "init"))]).toEqual([
      1, 0, 0, 1,
    ]);
  });

  it("suggests the closest name", () => {
    expect(() => parametrization("scaled-caley" as ParametrizationSpec)).toThrow(/Did you mean "scaled-cayley"/);
    expect(() => parametrization("constructor" as ParametrizationSpec)).toThrow(UsageError);
    expect(() => skewInitializer("henaf" as SkewInitializerName)).toThrow(/Did you mean "henaff"/);
  });

  it("refuses an option that the parametrization does not have", () => {
    const misspelt = { name: "spectral-norm", bond: 2 } as unknown as ParametrizationSpec;
    expect(() => parametrization(misspelt)).toThrow(/option of the parametrization spectral-norm "bond".*"bound"/);
    expect(() => parametrization(misspelt)).toThrow(UsageError);
  });

  it("names every entry as the parametrization names itself", () => {
    for (const [name, { create }] of Object.entries(parametrizations)) expect(create().name).toBe(name);
  });
});
