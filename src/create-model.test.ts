import { afterEach, describe, expect, it, vi } from "vitest";
import { referenceBackend } from "./backends/reference/reference.ts";
import { createModel } from "./create-model.ts";
import { UsageError } from "./errors.ts";
import { scornn } from "./index.ts";

const spec = {
  input: { kind: "symbols", classes: 3 },
  layers: [{ cell: scornn(), units: 4 }],
  output: { loss: "cross-entropy", size: 3, at: "every-step" },
} as const;

describe("createModel", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("takes a backend by name or as an object", () => {
    expect(createModel(spec, { backend: "reference" }).backend.name).toBe("reference");
    expect(createModel(spec, { backend: "wasm" }).backend.name).toBe("wasm");
    const backend = referenceBackend();
    expect(createModel(spec, { backend }).backend).toBe(backend);
  });

  it("passes the other options on", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => createModel(spec, { backend: "reference", seed }).parameters[0].values);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it("falls back to wasm without a compiler, and warns once", () => {
    vi.stubEnv("CC", "no-such-compiler");
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    expect(createModel(spec).backend.name).toBe("wasm");
    expect(createModel(spec).backend.name).toBe("wasm");
    expect(warned).toHaveBeenCalledOnce();
    expect(warned.mock.calls[0][0]).toMatch(/No C compiler found \(CC is "no-such-compiler"\)/);
  });

  it("names the closest backend for a wrong name", () => {
    const wrong = "nativ" as "native";
    expect(() => createModel(spec, { backend: wrong })).toThrow(UsageError);
    expect(() => createModel(spec, { backend: wrong })).toThrow(/Did you mean "native"/);
  });
});
