import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { keptArrays } from "../runs/kept-arrays.ts";
import type { Tensor } from "../runs/safetensors.ts";
import type { Callback, TrainingContext } from "./callback.ts";

export interface EarlyStoppingOptions {
  /** Validations in a row without improvement after which training stops. Default 5. */
  readonly patience?: number | undefined;
  /** What counts as an improvement: more than this. Default 0. */
  readonly minDelta?: number | undefined;
  /** The validation metric: "loss", "accuracy", "mse" … Default "loss". */
  readonly monitor?: string | undefined;
  /** Whether smaller or larger is better. Default "max" for accuracy, else "min". */
  readonly mode?: "min" | "max" | undefined;
  /** Whether training ends with the parameters of the best validation. Default true. */
  readonly restoreBestWeights?: boolean | undefined;
}

/** Stops training when validation no longer improves. Part of checkpoints, the best parameters included. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { patience = 5, minDelta = 0, monitor = "loss", restoreBestWeights = true } = options;
  if (!(patience >= 1)) throw new UsageError(`earlyStopping: patience is ${patience}, expected at least 1.`);
  if (!(minDelta >= 0)) throw new UsageError(`earlyStopping: minDelta is ${minDelta}, expected 0 or more.`);
  const sign = (options.mode ?? (monitor === "accuracy" ? "max" : "min")) === "max" ? -1 : 1;
  let best: { value: number; iteration: number } | undefined;
  let waited = 0;
  const weights = new Map<string, { shape: readonly number[]; data: FloatArray }>();

  const keepWeights = ({ model }: TrainingContext) => {
    for (const { name, shape, values } of keptArrays(model)) {
      const kept = weights.get(name);
      if (kept === undefined) weights.set(name, { shape, data: values.slice() });
      else kept.data.set(values);
    }
  };

  return {
    name: "earlyStopping",
    onTrainBegin({ iteration }) {
      if (iteration > 0) return;
      best = undefined;
      waited = 0;
      weights.clear();
    },
    onValidation(context, { iteration, metrics }) {
      const value = metrics[monitor];
      if (value === undefined) {
        throw new UsageError(
          `earlyStopping monitors "${monitor}", but validation gives ${Object.keys(metrics).join(", ")}: name one of these.`,
        );
      }
      if (best === undefined || sign * value < sign * best.value - minDelta) {
        best = { value, iteration };
        waited = 0;
        if (restoreBestWeights) keepWeights(context);
      } else if (++waited >= patience) {
        context.stop(
          `validation ${monitor} has not improved in ${waited} validations; it was best at iteration ${best.iteration} (${best.value})`,
        );
      }
    },
    onTrainEnd({ model }, reason) {
      if (weights.size === 0 || reason === "aborted" || reason === "failed") return;
      for (const { name, values } of keptArrays(model)) {
        const kept = weights.get(name);
        if (kept !== undefined) values.set(kept.data);
      }
      model.changed();
    },
    save: () => ({ state: best === undefined ? { waited } : { waited, best }, tensors: weights }),
    restore({ state = {}, tensors = new Map<string, Tensor>() }) {
      waited = state.waited as number;
      best = state.best as typeof best;
      weights.clear();
      for (const [name, { shape, data }] of tensors) weights.set(name, { shape, data: data as FloatArray });
    },
  };
}
