import { NonFiniteError, RunError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { GroupedOptimizer } from "../optim/groups.ts";
import type { Checkpoint } from "../runs/checkpoint.ts";
import { keptArrays, type ModelArrays } from "../runs/kept-arrays.ts";
import type { Tensor } from "../runs/safetensors.ts";
import type { Callback } from "./callback.ts";
import type { LossWindow } from "./loss-window.ts";
import type { Trainable } from "./trainable.ts";

/** The parts of a training run that change while it runs. */
export interface TrainingState {
  readonly model: Trainable;
  readonly optimizer: GroupedOptimizer;
  readonly callbacks: readonly Callback[];
  readonly losses: LossWindow;
  /** Updates when training ends. */
  readonly iterations: number;
  iteration: number;
  /** Sum of the losses of the current epoch so far. */
  epochLoss: number;
  /** Training reached its end; there is nothing to resume. */
  finished: boolean;
}

/**
 * All of a training run as a checkpoint, its tensors the live ones.
 *
 * @throws NonFiniteError when a parameter is NaN or infinite: such a checkpoint would be of no use
 */
export function saveTrainingState(training: TrainingState): Checkpoint {
  const { model, optimizer, callbacks, losses, iterations, iteration, epochLoss, finished } = training;
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, values } of keptArrays(model)) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw nonFiniteParameter(name, values[wrong], iteration);
    tensors.set(name, { shape, data: values });
  }
  for (const [key, data] of Object.entries(optimizer.tensors())) {
    tensors.set(optimizerPrefix + key, { shape: [data.length], data });
  }
  const window = losses.values();
  tensors.set(lossesKey, { shape: [window.length], data: window });
  const callbackStates: Record<string, unknown> = {};
  for (const callback of callbacks) {
    if (callback.save === undefined || callback.name === undefined) continue;
    const saved = callback.save();
    callbackStates[callback.name] = saved.state ?? {};
    for (const [key, tensor] of saved.tensors ?? []) tensors.set(callbackPrefix(callback.name) + key, tensor);
  }
  const state = { finished, iterations, epochLoss, updates: optimizer.counts(), callbacks: callbackStates };
  return { iteration, tensors, state };
}

/** Copies a checkpoint back. @throws RunError when it belongs to another model, optimiser or list of callbacks */
export function restoreTrainingState(training: TrainingState, checkpoint: Checkpoint): void {
  const { model, optimizer, callbacks, losses } = training;
  restoreModel(model, checkpoint);
  const { epochLoss, updates, callbacks: saved } = checkpoint.state;
  optimizer.restore(optimizerTensors(checkpoint), (updates ?? {}) as Record<string, number>);
  losses.restore(floats(checkpoint, lossesKey));
  for (const callback of callbacks) {
    if (callback.restore === undefined || callback.name === undefined) continue;
    const state = (saved as Record<string, Record<string, unknown>> | undefined)?.[callback.name];
    // A callback that is new in this resumption starts afresh.
    if (state !== undefined)
      callback.restore({ state, tensors: withPrefix(checkpoint, callbackPrefix(callback.name)) });
  }
  training.iteration = checkpoint.iteration;
  training.epochLoss = typeof epochLoss === "number" ? epochLoss : 0;
  model.changed();
}

/** Copies parameters and buffers of a checkpoint into a model. Call `model.changed()` afterwards. @throws RunError */
export function restoreModel(model: ModelArrays, { tensors }: Checkpoint): void {
  const arrays = keptArrays(model);
  for (const { name, shape, values } of arrays) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new RunError(`The checkpoint has no parameter "${name}". ${sameModel}`);
    if (tensor.data.constructor !== values.constructor || tensor.shape.join() !== shape.join()) {
      throw new RunError(
        `The checkpoint's parameter "${name}" is a ${tensor.data.constructor.name} [${tensor.shape}], the model's a ` +
          `${values.constructor.name} [${shape}]. ${sameModel}`,
      );
    }
  }
  for (const { name, values } of arrays) values.set((tensors.get(name) as Tensor).data as FloatArray);
}

const sameModel = "Use the configuration and backend that wrote it.";
const optimizerPrefix = "optimizer.";
const lossesKey = "training.losses";
const callbackPrefix = (name: string) => `callback.${name}.`;

function withPrefix({ tensors }: Checkpoint, prefix: string): Map<string, Tensor> {
  return new Map(
    [...tensors].flatMap(([key, tensor]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [])),
  );
}

function optimizerTensors(checkpoint: Checkpoint): Record<string, FloatArray> {
  return Object.fromEntries(
    [...withPrefix(checkpoint, optimizerPrefix)].map(([key, { data }]) => [key, data as FloatArray]),
  );
}

function floats({ tensors }: Checkpoint, name: string): FloatArray {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RunError(`The checkpoint has no tensor "${name}": it is not one of training.`);
  return tensor.data as FloatArray;
}

function nonFiniteParameter(name: string, value: number, iteration: number): NonFiniteError {
  return new NonFiniteError(
    `Parameter "${name}" became ${value} by update ${iteration}: the step was too large. ${calmer}`,
  );
}

/** What to do about a diverging training, for messages. */
export const calmer = "Lower the learning rate (--set optimizer.lr=…) or clip the gradient (--set clip.globalNorm=1).";
