import { describe, expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import type { Operator } from "../compile/operators.ts";
import type { Factor } from "../plan/plan.ts";
import {
  fixtureBatch,
  fixtureCell,
  fixtureModel,
  fixtureState,
  fixtures,
  gradientError,
  relativeError,
} from "../testing/fixtures.ts";

describe.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("PyTorch float64: %s", (_, fixture) => {
  const batch = fixtureBatch(fixture);
  const state = fixtureState(fixture);

  it.each([false, true])("loss and gradients agree to 1e-9 (checkpointing: %s)", (checkpointing) => {
    const model = fixtureModel(fixture, { backend: referenceBackend(), checkpointing });
    const { loss, penalty } = model.gradient(batch, state);
    expect(relativeError([loss, penalty], [fixture.loss, fixture.penalty ?? 0])).toBeLessThan(1e-9);
    const { error, name } = gradientError(model, fixture);
    expect(error, name).toBeLessThan(1e-9);
  });

  it("outputs and final states agree to 1e-9", () => {
    const model = fixtureModel(fixture, { backend: referenceBackend() });
    expect(relativeError(model.loss(batch, state).outputs, fixture.logits.data)).toBeLessThan(1e-9);
    const final = model.finalState();
    for (const [name, { shape, data }] of Object.entries(fixture.states)) {
      const last = data.slice((shape[0] - 1) * shape[1] * shape[2]);
      expect(relativeError(final[name], last), name).toBeLessThan(1e-9);
    }
  });

  const fixed = Object.entries(fixture.constants).filter(([name]) => !name.endsWith(".D"));
  if (fixed.length === 0) return;

  it("the structures have its permutations and patterns", () => {
    for (const [name, { data }] of fixed) {
      const [, layer, kind] = name.split(".");
      const one = fixture.layers[Number(layer)];
      for (const map of fixtureCell(one).maps) {
        const { operators } = map.bind(one.units);
        const indices = kind === "permutation" ? operators.flatMap(permutations) : operators.flatMap(patterns);
        expect(
          indices.map((index) => [...index]),
          `${name} of ${map.name}`,
        ).toEqual([data]);
      }
    }
  });
});

const factorsOf = (operator: Operator): readonly Factor[] =>
  operator.kind === "factored" ? operator.chain.factors : [];

function permutations(operator: Operator): Int32Array[] {
  if (operator.kind === "permutation") return [operator.index];
  return factorsOf(operator).flatMap((factor) => (factor.kind === "permutation" ? [factor.index] : []));
}

/** The units that unit 0 reads, those that unit 1 reads, and so on. */
function patterns(operator: Operator): Int32Array[] {
  return factorsOf(operator).flatMap((factor) => (factor.kind === "sparse" ? [factor.rows] : []));
}
