import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import {
  fixtureBatch,
  fixtureModel,
  fixtureParameter,
  fixtureState,
  fixtures,
  relativeError,
} from "../testing/fixtures.ts";

describe.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("PyTorch float64: %s", (_, fixture) => {
  const batch = fixtureBatch(fixture);
  const state = fixtureState(fixture);

  it.each([false, true])("loss and gradients agree to 1e-9 (checkpointing: %s)", (checkpointing) => {
    const model = fixtureModel(fixture, { backend: referenceBackend(), checkpointing });
    const { loss } = model.gradient(batch, state);
    expect(relativeError([loss], [fixture.loss])).toBeLessThan(1e-9);
    const gradients = new Map(model.parameters.map(({ name, gradient }) => [name, gradient]));
    for (const [name, { data }] of Object.entries(fixture.gradients)) {
      const actual = gradients.get(fixtureParameter(fixture, name)) ?? [];
      expect(relativeError(actual, data), name).toBeLessThan(1e-9);
    }
  });

  it("outputs and final states agree to 1e-9", () => {
    const model = fixtureModel(fixture, { backend: referenceBackend() });
    expect(relativeError(model.loss(batch, state).outputs, fixture.logits.data)).toBeLessThan(1e-9);
    const final = model.finalState();
    for (const [name, { shape, data }] of Object.entries(fixture.states)) {
      const last = data.slice((shape[0] - 1) * shape[1] * shape[2]);
      expect(relativeError(final[name.replace("layer", "layers.")], last), name).toBeLessThan(1e-9);
    }
  });
});
