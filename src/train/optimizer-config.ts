import { UsageError } from "../errors.ts";
import type { DenseKernels } from "../linalg/kernels.ts";
import { type GroupedOptimizer, type ParameterGroup, parameterGroups } from "../optim/groups.ts";
import type { NamePattern } from "../optim/names.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { type OptimizerName, type OptimizerSpec, optimizer, type ScheduleSpec, schedule } from "../optim/registry.ts";
import { type TrainableParameter, trainedParameters } from "./trainable.ts";

/** Overrides for some parameters: another learning rate, other options, or with `name` another optimiser. */
export interface GroupOverride {
  readonly name?: OptimizerName | undefined;
  readonly lr?: number | undefined;
  readonly [option: string]: unknown;
}

/**
 * An optimiser for all parameters, as code or as its name and options beside one another, with exceptions:
 * `{ name: "rmsprop", lr: 1e-3, recurrent: { lr: 1e-4 }, groups: [{ match: "layers.0", lr: 0 }] }`. `groups` come first;
 * `recurrent`, `input`, `bias`, `vector`, `state` and `head` select parameters by their role.
 */
export type OptimizerConfig = Optimizer | (GroupOverride & RoleOverrides & { readonly name: OptimizerName });

export interface RoleOverrides {
  readonly recurrent?: GroupOverride | undefined;
  readonly input?: GroupOverride | undefined;
  readonly bias?: GroupOverride | undefined;
  readonly vector?: GroupOverride | undefined;
  readonly state?: GroupOverride | undefined;
  readonly head?: GroupOverride | undefined;
  readonly groups?: readonly (GroupOverride & { readonly match: NamePattern })[] | undefined;
}

export const parameterRoles = ["recurrent", "input", "bias", "vector", "state", "head"] as const;

/**
 * The optimiser of a model's parameters, the frozen ones left out. A schedule without `iterations` spans the whole training.
 *
 * @throws UsageError for an unknown name, an option out of range, a group that matches nothing, or a parameter on a manifold
 * whose group has no Riemannian optimiser
 */
export function createOptimizer(
  all: readonly TrainableParameter[],
  config: OptimizerConfig,
  options: {
    readonly schedule?: ScheduleSpec | undefined;
    readonly iterations: number;
    /** Dense algebra for steps on manifolds. Default: plain TypeScript. */
    readonly kernels?: DenseKernels | undefined;
  },
): GroupedOptimizer {
  const parameters = trainedParameters(all);
  const factor = options.schedule === undefined ? undefined : schedule(spanning(options.schedule, options.iterations));
  const groups = groupsOf(parameters, config).map((group) => (factor ? { ...group, schedule: factor } : group));
  const manifolds = Object.fromEntries(
    parameters.flatMap(({ name, manifold }) => (manifold ? [[name, manifold]] : [])),
  );
  const values = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.values]));
  return parameterGroups(values, groups, { manifolds, kernels: options.kernels });
}

/** The rest is the last group. */
function groupsOf(parameters: readonly TrainableParameter[], config: OptimizerConfig): ParameterGroup[] {
  if (typeof config.create === "function") return [{ match: "**", optimizer: config as Optimizer }];
  const {
    groups = [],
    recurrent,
    input,
    bias,
    vector,
    state,
    head,
    ...base
  } = config as Exclude<OptimizerConfig, Optimizer>;
  const byRole = Object.entries({ recurrent, input, bias, vector, state, head }).flatMap(([role, override]) =>
    override === undefined ? [] : [{ match: hasRole(parameters, role), ...override }],
  );
  const special = [...groups, ...byRole].map(({ match, ...override }) => ({
    match,
    optimizer: optimizer(overridden(base, override)),
  }));
  return [...special, { match: "**", optimizer: optimizer(base as OptimizerSpec) }];
}

function hasRole(parameters: readonly TrainableParameter[], role: string): (name: string) => boolean {
  const names = new Set(parameters.filter((parameter) => parameter.role === role).map(({ name }) => name));
  if (names.size === 0) {
    const roles = [...new Set(parameters.map((parameter) => parameter.role))].join(", ");
    throw new UsageError(`optimizer.${role} has no parameter to act on: this model's parameters are ${roles}.`);
  }
  return (name) => names.has(name);
}

/** Another optimiser shares only the learning rate with the base: the options of one mean nothing to the other. */
function overridden(base: GroupOverride, override: GroupOverride): OptimizerSpec {
  const other = override.name !== undefined && override.name !== base.name;
  return { ...(other ? { lr: base.lr } : base), ...override } as unknown as OptimizerSpec;
}

function spanning(spec: ScheduleSpec, iterations: number): ScheduleSpec {
  if (typeof spec === "function" || (spec.name !== "linear" && spec.name !== "cosine")) return spec;
  return { ...spec, iterations: spec.iterations ?? iterations };
}
