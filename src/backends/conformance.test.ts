import { describe, expect, it } from "vitest";
import {
  fixtureBatch,
  fixtureModel,
  fixtureParameter,
  fixtureState,
  fixtures,
  relativeError,
} from "../testing/fixtures.ts";
import { nativeBackend } from "./native/native.ts";
import { findToolchain } from "./native/toolchain.ts";

describe.skipIf(!findToolchain())("native", () => {
  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("%s", (_, fixture) => {
    const model = fixtureModel(fixture, { backend: nativeBackend() });
    const { loss } = model.gradient(fixtureBatch(fixture), fixtureState(fixture));
    expect(relativeError([loss], [fixture.loss])).toBeLessThan(1e-5);
    const gradients = new Map(model.parameters.map(({ name, gradient }) => [name, gradient]));
    for (const [name, { data }] of Object.entries(fixture.gradients)) {
      expect(relativeError(gradients.get(fixtureParameter(fixture, name)) ?? [], data), name).toBeLessThan(1e-4);
    }
    expect(
      relativeError(model.loss(fixtureBatch(fixture), fixtureState(fixture)).outputs, fixture.logits.data),
    ).toBeLessThan(1e-5);
  });
});
