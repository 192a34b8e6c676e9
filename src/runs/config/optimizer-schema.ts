import { z } from "zod";
import { unknownName } from "../../errors.ts";
import { type OptimizerName, optimizers, type ScheduleName, schedules } from "../../optim/registry.ts";
import { retractions } from "../../optim/riemannian/retractions.ts";
import { rmspropPresets } from "../../optim/rmsprop.ts";

const rate = z.number().min(0);
const share = z.number().min(0).lt(1);
const riemannian = {
  retraction: z
    .enum(Object.keys(retractions) as [keyof typeof retractions])
    .describe("how a step comes back to the manifold"),
  projectEvery: z.int().min(1).describe("updates between projections onto the manifold, default never"),
};
const options = {
  sgd: {
    momentum: share.describe("μ"),
    dampening: z.number().min(0).max(1),
    nesterov: z.boolean(),
    weightDecay: rate,
  },
  rmsprop: {
    preset: z
      .enum(Object.keys(rmspropPresets) as [keyof typeof rmspropPresets])
      .describe("where the other options come from"),
    decay: share,
    epsilon: rate,
    epsilonPlacement: z.enum(["inside", "outside", "none"]).describe("of the square root"),
    initialAccumulator: rate.describe("v before the first step"),
    momentum: share,
    centered: z.boolean(),
    weightDecay: rate,
  },
  adam: { beta1: share, beta2: share, epsilon: rate, weightDecay: rate, amsgrad: z.boolean() },
  adamw: { beta1: share, beta2: share, epsilon: rate, weightDecay: rate, amsgrad: z.boolean() },
  adagrad: { lrDecay: rate, initialAccumulator: rate, epsilon: rate, weightDecay: rate },
  "riemannian-sgd": { momentum: share.describe("μ"), ...riemannian },
  "riemannian-rmsprop": {
    secondMoment: z.enum(["gradient", "generator", "scalar"]).describe("what v is taken of"),
    decay: share,
    epsilon: rate,
    initialAccumulator: rate.describe("v before the first step"),
    momentum: share,
    ...riemannian,
  },
  "riemannian-adam": {
    secondMoment: z.enum(["generator", "scalar"]).describe("what v is taken of"),
    beta1: share,
    beta2: share,
    epsilon: rate,
    ...riemannian,
  },
} satisfies Record<OptimizerName, z.ZodRawShape>;

const roles = ["recurrent", "input", "bias", "vector", "state", "head"] as const;

/**
 * The section `optimizer` for the optimisers that `given` names: options, and exceptions by role or by name pattern.
 *
 * @throws UsageError when it names one that does not exist
 */
export function optimizerSchema(given: unknown): z.ZodObject {
  const name = nameIn(given, "optimizer", optimizers) ?? "rmsprop";
  const group = (override: unknown) => {
    const own = nameIn(override, "optimizer", optimizers) ?? name;
    return { name: z.literal(own).optional(), lr: rate.optional(), ...optional(options[own]) };
  };
  const section = (given ?? {}) as Readonly<Record<string, unknown>>;
  const match = z.string().describe("names of parameters, such as layers.0 or **.bias");
  const entry = (override: unknown): z.ZodObject => z.strictObject({ match, ...group(override) });
  const [first, ...rest] = (Array.isArray(section.groups) ? section.groups : []).map(entry);
  return z.strictObject({
    name: z.literal(name),
    lr: rate.describe("learning rate"),
    ...optional(options[name]),
    ...Object.fromEntries(roles.map((role) => [role, z.strictObject(group(section[role])).optional()])),
    groups: (first === undefined ? z.array(entry(undefined)) : z.tuple([first, ...rest])).optional(),
  });
}

const scheduleOptions = {
  constant: {},
  "step-decay": { every: z.number().positive(), factor: rate },
  exponential: { decay: z.number().positive(), every: z.number().positive().optional() },
  linear: { iterations: z.int().min(1).optional().describe("default: all"), final: rate.optional() },
  cosine: {
    iterations: z.int().min(1).optional().describe("default: all"),
    warmup: z.int().min(0).optional(),
    final: rate.optional(),
  },
  "linear-warmup": { iterations: z.int().min(0) },
  piecewise: { boundaries: z.array(z.int().min(0)), factors: z.array(rate) },
} satisfies Record<ScheduleName, z.ZodRawShape>;

/** The section `schedule` for the schedule that `given` names. @throws UsageError when there is no such schedule */
export function scheduleSchema(given: unknown): z.ZodObject {
  const name = nameIn(given, "schedule", schedules) ?? "constant";
  return z.strictObject({ name: z.literal(name), ...scheduleOptions[name] });
}

function nameIn<R extends object>(given: unknown, kind: string, registry: R): (keyof R & string) | undefined {
  const name = (given as { name?: unknown } | null | undefined)?.name;
  if (name === undefined) return undefined;
  if (typeof name === "string" && Object.hasOwn(registry, name)) return name as keyof R & string;
  throw unknownName(kind, String(name), Object.keys(registry));
}

function optional(shape: z.ZodRawShape): z.ZodRawShape {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, z.optional(schema)]));
}
