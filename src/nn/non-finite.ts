import type { ModelState, Runner } from "./runner.ts";
import type { Batch } from "./spec.ts";

/** Says where a batch first makes a state NaN or infinite, by running its rows one by one. `runner` has one row. */
export function firstNonFinite(runner: Runner, batch: Batch, state: ModelState | undefined): string {
  let first: { step: number; row: number; name: string; layer: number } | undefined;
  for (let row = 0; row < batch.rows; row++) {
    runner.load(oneRow(batch, row, runner.compiled.target.width), state && stateRow(state, row, batch.rows));
    runner.executable.run();
    for (const { name, layer, sequence } of runner.compiled.states) {
      const values = runner.executable.floats(sequence);
      for (let step = 0; step < sequence.times; step++) {
        const start = step * sequence.rows * sequence.stride;
        const entry = values.subarray(start, start + sequence.width);
        if (entry.every(Number.isFinite)) continue;
        if (!first || step < first.step) first = { step, row, name, layer };
        break;
      }
    }
  }
  if (!first)
    return "all states are finite, so the head's weights or the targets are the cause (head.weight, head.bias).";
  const { step, row, name, layer } = first;
  if (step === 0) return `the initial state ${name} of layer ${layer} is not finite (row ${row}).`;
  return `state ${name} of layer ${layer} is first not finite after time step ${step} of ${batch.length} (row ${row}).`;
}

function oneRow(batch: Batch, row: number, size: number): Batch {
  const pick = <A extends Float32Array | Float64Array | Int32Array>(
    array: A | undefined,
    steps: number,
  ): A | undefined => {
    if (!array) return undefined;
    const width = array.length / (steps * batch.rows);
    const chosen = array.filter((_, i) => Math.floor(i / width) % batch.rows === row);
    return chosen as A;
  };
  const targetSteps = (array: ArrayLike<number> | undefined, size: number) =>
    array && array.length === batch.length * batch.rows * size ? batch.length : 1;
  const { symbols, values, classes, regression, mask } = batch;
  const entries = {
    symbols: pick(symbols, batch.length),
    values: pick(values, batch.length),
    mask: pick(mask, batch.length),
    classes: pick(classes, targetSteps(classes, 1)),
    regression: pick(regression, targetSteps(regression, size)),
  };
  const present = Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
  return { length: batch.length, rows: 1, ...present };
}

function stateRow(state: ModelState, row: number, rows: number): ModelState {
  return Object.fromEntries(
    Object.entries(state).map(([name, values]) => {
      const width = values.length / rows;
      return [name, values.slice(row * width, (row + 1) * width)];
    }),
  );
}
