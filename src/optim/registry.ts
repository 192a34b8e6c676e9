import { unknownName } from "../errors.ts";
import { adagrad } from "./adagrad.ts";
import { adam, adamw } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { riemannianAdam } from "./riemannian/adam.ts";
import { riemannianRmsprop } from "./riemannian/rmsprop.ts";
import { riemannianSgd } from "./riemannian/sgd.ts";
import { rmsprop } from "./rmsprop.ts";
import * as rules from "./schedules.ts";
import { sgd } from "./sgd.ts";

/** Optimisers by name, built from plain option objects. */
export const optimizers = {
  sgd: { description: "stochastic gradient descent, with momentum and Nesterov's variant", create: sgd },
  rmsprop: { description: "RMSprop in the conventions of PyTorch, Theano and TensorFlow (preset)", create: rmsprop },
  adam: { description: "Adam, optionally AMSGrad", create: adam },
  adamw: { description: "Adam with decoupled weight decay", create: adamw },
  adagrad: { description: "Adagrad", create: adagrad },
  "riemannian-sgd": {
    description:
      "gradient descent on O(n) and U(n), for the parametrizations orthogonal and unitary (full-capacity uRNN)",
    create: riemannianSgd,
  },
  "riemannian-rmsprop": {
    description: "the same with the gradient scaled by RMSprop first, or its generator",
    create: riemannianRmsprop,
  },
  "riemannian-adam": { description: "Adam on the generators of O(n) and U(n)", create: riemannianAdam },
} as const;

/** Learning-rate schedules by name, built from plain option objects. */
export const schedules = {
  constant: { description: "1 throughout", create: rules.constant },
  "step-decay": { description: "times factor every so many iterations", create: rules.stepDecay },
  exponential: { description: "decay^(iteration / every)", create: rules.exponential },
  linear: { description: "straight from 1 to final", create: rules.linear },
  cosine: { description: "linear warmup, then half a cosine down to final", create: rules.cosine },
  "linear-warmup": { description: "straight up to 1, then constant", create: rules.linearWarmup },
  piecewise: { description: "constant factors between boundaries", create: rules.piecewise },
} as const;

type Registry = Readonly<Record<string, { readonly create: (...options: never[]) => unknown }>>;
type OptionsOf<P extends readonly unknown[]> = P extends readonly [] ? object : NonNullable<P[0]>;
type Named<R extends Registry> = {
  [N in keyof R]: { readonly name: N } & OptionsOf<Parameters<R[N]["create"]>>;
}[keyof R];

export type OptimizerName = keyof typeof optimizers;
export type ScheduleName = keyof typeof schedules;

/** An optimiser as configuration, `{ name: "rmsprop", preset: "tensorflow", lr: 1e-3 }`, or itself. */
export type OptimizerSpec = Named<typeof optimizers> | Optimizer;

/** A schedule as configuration, `{ name: "cosine", iterations: 2000, warmup: 100 }`, or itself. */
export type ScheduleSpec = Named<typeof schedules> | rules.Schedule;

/** The optimiser a spec stands for. Throws `UsageError` for an unknown name or options out of range. */
export function optimizer(spec: OptimizerSpec): Optimizer {
  if ("create" in spec) return spec;
  const { name, ...options } = spec;
  if (!Object.hasOwn(optimizers, name)) throw unknownName("optimizer", name, Object.keys(optimizers));
  return (optimizers[name].create as (options: object) => Optimizer)(options);
}

/** The schedule a spec stands for. Throws `UsageError` for an unknown name or options out of range. */
export function schedule(spec: ScheduleSpec): rules.Schedule {
  if (typeof spec === "function") return spec;
  const { name, ...options } = spec;
  if (!Object.hasOwn(schedules, name)) throw unknownName("schedule", name, Object.keys(schedules));
  return (schedules[name].create as (options: object) => rules.Schedule)(options);
}
