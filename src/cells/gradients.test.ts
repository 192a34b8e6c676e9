import { expect, it } from "vitest";
import { referenceBackend } from "../backends/reference/reference.ts";
import { checkGradient } from "../nn/check-gradient.ts";
import { createModel } from "../nn/model.ts";
import { randomStream } from "../random/stream.ts";
import { cells, createCell } from "./registry.ts";

/** Cells that move by small steps have gradients too small for differences of a loss near 1: give them large ones. */
const options: Record<string, Record<string, unknown>> = {
  antisymmetric: { epsilon: 0.5 },
  lipschitz: { epsilon: 0.5 },
  cornn: { dt: 0.5 },
  // With all reflections this draw has a unit within the step of the leaky ReLU's kink.
  ornn: { reflections: 3 },
};

it.each(Object.keys(cells))("%s: two layers agree with central differences", (name) => {
  const cell = createCell(name, options[name]);
  const spec = {
    input: { kind: "dense", features: 3 },
    layers: [
      { cell, units: 8 },
      { cell, units: 6 },
    ],
    output: { loss: "mean-squared-error", size: 2, at: "every-step" },
  } as const;
  const model = createModel(spec, { backend: referenceBackend(), seed: 2 });
  const random = randomStream(3, "noise");
  const gaussian = (length: number) => Float64Array.from({ length }, () => random.normal());
  // A little off the start, where symmetric cells have kinks and zero gradients.
  for (const { values } of model.parameters)
    for (let i = 0; i < values.length; i++) values[i] += 0.05 * random.normal();
  model.changed();
  const batch = { length: 5, rows: 2, values: gaussian(30), regression: gaussian(20) };
  for (const { name: parameter, maxRelativeError } of checkGradient(model, batch, { samples: 8, step: 1e-5 })) {
    expect(maxRelativeError, parameter).toBeLessThan(1e-6);
  }
});
