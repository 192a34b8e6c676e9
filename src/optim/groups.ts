import { RunError, ShapeError, UsageError } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import type { Manifold } from "../parametrizations/parametrization.ts";
import { assignGroups, type NamePattern } from "./names.ts";
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import type { Schedule } from "./schedules.ts";

/** Parameters that share an update rule, a learning rate and a schedule. */
export interface ParameterGroup {
  /** Which parameters; of several groups that match a name the first has it. */
  readonly match: NamePattern;
  readonly optimizer: Optimizer;
  /** Default the optimiser's own. 0 freezes the group. */
  readonly lr?: number;
  /** The factor on `lr` at each iteration. Default 1. */
  readonly schedule?: Schedule;
}

/** Parameters by name, flat or nested; nested names are joined by dots. */
export interface ParameterTree {
  readonly [name: string]: FloatArray | ParameterTree;
}

/** What some optimisers want to know besides the parameters. */
export interface GroupContext {
  /** The manifolds of parameters that lie on one, by name. */
  readonly manifolds?: Readonly<Record<string, Manifold>>;
  /** Dense algebra for steps on manifolds, such as a backend's `dense`. Default: plain TypeScript. */
  readonly kernels?: DenseKernels | undefined;
}

/** One optimiser state for each parameter, stepped together. */
export interface GroupedOptimizer {
  /** The index of its group for each parameter, in the tree's order. */
  readonly groupOf: ReadonlyMap<string, number>;
  /**
   * Updates every parameter in place with its gradient, found under the same (dotted) name. Allocates nothing.
   * Throws `UsageError` for a missing gradient, `ShapeError` for one of another length; then nothing was updated.
   */
  step(gradients: Readonly<Record<string, FloatArray>>, iteration: number): void;
  /** lr · schedule(iteration) of each group. */
  learningRates(iteration: number): number[];
  /** The accumulators of all parameters, live, as "parameter/accumulator". */
  tensors(): Record<string, FloatArray>;
  /** Steps taken, by parameter. */
  counts(): Record<string, number>;
  /** Copies saved `tensors` and `counts` back. Throws `RunError` when they belong to other parameters or optimisers. */
  restore(tensors: Readonly<Record<string, FloatArray>>, counts: Readonly<Record<string, number>>): void;
}

/**
 * Creates the optimiser states of a tree of parameters. Throws `UsageError` when a group matches no parameter or only ones
 * that earlier groups have, when a parameter is in no group, or when one on a manifold gets an optimiser that would leave
 * it (unless its lr is 0) or one on none a Riemannian optimiser.
 */
export function parameterGroups(
  parameters: ParameterTree,
  groups: readonly ParameterGroup[],
  { manifolds = {}, kernels }: GroupContext = {},
): GroupedOptimizer {
  const flat = flattenParameters(parameters);
  const groupOf = assignGroups([...flat.keys()], groups);
  const rates = groups.map(({ lr, optimizer }) => checkedRate(lr ?? optimizer.lr, optimizer.name));
  const members = [...flat].map(([name, values]) => {
    const group = groupOf.get(name) ?? 0;
    const precision = values instanceof Float32Array ? "float32" : "float64";
    const { optimizer } = groups[group];
    const manifold = Object.hasOwn(manifolds, name) ? manifolds[name] : undefined;
    assertStays(name, optimizer, manifold, rates[group]);
    return { name, values, group, state: optimizer.create(values.length, precision, { manifold, kernels }) };
  });
  const rateAt = (group: number, iteration: number) => rates[group] * (groups[group].schedule?.(iteration) ?? 1);
  const current = new Float64Array(groups.length);
  return {
    groupOf,
    step(gradients, iteration) {
      for (const { name, values } of members) assertGradient(name, values, gradients[name]);
      for (let group = 0; group < groups.length; group++) current[group] = rateAt(group, iteration);
      for (const { name, values, group, state } of members) state.step(values, gradients[name], current[group]);
    },
    learningRates: (iteration) => groups.map((_, group) => rateAt(group, iteration)),
    tensors() {
      const all: Record<string, FloatArray> = {};
      for (const { name, state } of members) {
        for (const [slot, array] of Object.entries(state.tensors())) all[`${name}/${slot}`] = array;
      }
      return all;
    },
    counts: () => Object.fromEntries(members.map(({ name, state }) => [name, state.count])),
    restore: (tensors, counts) => restoreMembers(members, tensors, counts),
  };
}

/** The tree's arrays by dotted name, in the tree's order. */
export function flattenParameters(tree: ParameterTree, prefix = ""): Map<string, FloatArray> {
  const flat = new Map<string, FloatArray>();
  for (const [name, value] of Object.entries(tree)) {
    if (ArrayBuffer.isView(value)) flat.set(prefix + name, value);
    else for (const [inner, array] of flattenParameters(value, `${prefix}${name}.`)) flat.set(inner, array);
  }
  return flat;
}

function restoreMembers(
  members: readonly { name: string; state: OptimizerState }[],
  tensors: Readonly<Record<string, FloatArray>>,
  counts: Readonly<Record<string, number>>,
): void {
  const saved = new Map<string, Record<string, FloatArray>>(members.map(({ name }) => [name, {}]));
  for (const [key, array] of Object.entries(tensors)) {
    const cut = key.lastIndexOf("/");
    const slots = saved.get(key.slice(0, cut));
    if (slots === undefined) throw foreign(key);
    slots[key.slice(cut + 1)] = array;
  }
  for (const name of Object.keys(counts)) if (!saved.has(name)) throw foreign(name);
  for (const { name, state } of members) {
    if (!Object.hasOwn(counts, name)) {
      throw new RunError(`The checkpoint has no optimiser state of "${name}"; resume with the model that wrote it.`);
    }
    state.restore(saved.get(name) ?? {}, counts[name]);
  }
}

function foreign(name: string): RunError {
  return new RunError(
    `The checkpoint holds the optimiser state "${name}" of a parameter this model has not; resume with the model that wrote it.`,
  );
}

function assertGradient(name: string, values: FloatArray, gradient: FloatArray | undefined): void {
  if (gradient === undefined) throw new UsageError(`There is no gradient of "${name}"; give one for every parameter.`);
  if (gradient.length !== values.length) {
    throw new ShapeError(`The gradient of "${name}" has ${gradient.length} numbers, its parameters ${values.length}.`);
  }
}

function assertStays(name: string, optimizer: Optimizer, manifold: Manifold | undefined, lr: number): void {
  if (manifold !== undefined && optimizer.manifold === undefined && lr !== 0) {
    const constraint = manifold.field === "complex" ? "WᴴW = I" : "WᵀW = I";
    throw new UsageError(
      `"${name}" lies on a manifold, ${constraint}, that a step of ${optimizer.name} would leave. Give it riemannian-sgd, riemannian-rmsprop or riemannian-adam, for example with optimizer: { …, recurrent: { name: "riemannian-sgd", lr: 1e-3 } }, or lr: 0.`,
    );
  }
  if (manifold === undefined && optimizer.manifold !== undefined) {
    throw new UsageError(
      `"${name}" lies on no manifold, so ${optimizer.name} cannot step it. Give ${optimizer.name} only to parameters of the parametrizations unitary and orthogonal, and this one rmsprop, adam or sgd.`,
    );
  }
}

function checkedRate(lr: number, optimizer: string): number {
  if (lr >= 0 && lr < Number.POSITIVE_INFINITY) return lr;
  throw new UsageError(`The learning rate of a group of ${optimizer} is ${lr}; give 0 or a number above.`);
}
