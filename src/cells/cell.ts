import type { CellEquations, LinearMapSymbol } from "../compile/equations.ts";
import { UsageError } from "../errors.ts";
import type { Real } from "../expr/node.ts";
import { type InitializerSpec, weightInitializer } from "../parametrizations/initializer-registry.ts";
import type { WeightInitializer } from "../parametrizations/initializers.ts";
import type { Parametrization } from "../parametrizations/parametrization.ts";
import { type ParametrizationSpec, parametrization } from "../parametrizations/registry.ts";

/** A state vector of one number per unit. */
export interface StateSlot {
  readonly field: "real";
}

/** The input projection x = u_t·U (+ bias), U [inputs × units], of one gate. */
export interface ProjectionSlot {
  readonly init: WeightInitializer;
  /** Draw of the bias [units]; undefined for none. */
  readonly bias?: WeightInitializer;
}

/** A recurrent matrix W [units × units], applied as h @ W. */
export interface MapSlot {
  readonly parametrization: Parametrization;
}

/** A parameter vector [units]. */
export interface VectorSlot {
  readonly init: WeightInitializer;
}

/** A recurrent cell: its equations, and where each of its weights starts. */
export interface Cell extends CellEquations {
  readonly projections: Readonly<Record<string, ProjectionSlot>>;
  readonly parametrizations: Readonly<Record<string, Parametrization>>;
  readonly vectorInitializers: Readonly<Record<string, WeightInitializer>>;
}

export const real: StateSlot = { field: "real" };

/** An input projection; `bias` names its initialiser, `false` leaves it out. Default: Glorot uniform with a zero bias. */
export function projection(options: { init?: InitializerSpec; bias?: InitializerSpec | false } = {}): ProjectionSlot {
  const { init = "glorot-uniform", bias = "zeros" } = options;
  return { init: weightInitializer(init), ...(bias === false ? {} : { bias: weightInitializer(bias) }) };
}

/** A recurrent matrix with its parametrization: a name, a name with options, or an object of your own. */
export function recurrent(options: { parametrization?: ParametrizationSpec } = {}): MapSlot {
  return { parametrization: parametrization(options.parametrization ?? "free") };
}

/** A parameter vector of one number per unit. Default: zeros. */
export function perUnit(options: { init?: InitializerSpec } = {}): VectorSlot {
  return { init: weightInitializer(options.init ?? "zeros") };
}

type Slots<T> = Readonly<Record<string, T>>;

export interface CellDefinition<
  S extends Slots<StateSlot>,
  X extends Slots<ProjectionSlot>,
  M extends Slots<MapSlot>,
  V extends Slots<VectorSlot>,
> {
  readonly name: string;
  readonly states: S;
  readonly inputs: X;
  readonly maps?: M;
  readonly vectors?: V;
  /** The state the next layer reads. Default: the first. */
  readonly output?: keyof S & string;
  /** New states from the old ones, the input projections, the maps (functions) and the vectors. */
  step(symbols: { readonly [K in keyof S | keyof X | keyof V]: Real } & { readonly [K in keyof M]: LinearMapSymbol }): {
    readonly [K in keyof S]: Real;
  };
}

/**
 * Defines a recurrent cell from its equations; everything else (gradients, kernels for every backend, initialisation,
 * files) follows. Names must differ from one another. Throws `UsageError` when they do not.
 *
 * @example
 * const leaky = defineCell({
 *   name: "leaky",
 *   states: { h: real },
 *   inputs: { x: projection() },
 *   maps: { W: recurrent({ parametrization: "scaled-cayley" }) },
 *   vectors: { a: perUnit({ init: { name: "constant", value: 1 } }) },
 *   step: ({ h, x, W, a }) => ({ h: add(mul(sigmoid(a), h), mul(sub(1, sigmoid(a)), tanh(add(W(h), x)))) }),
 * });
 */
export function defineCell<
  S extends Slots<StateSlot>,
  X extends Slots<ProjectionSlot>,
  M extends Slots<MapSlot> = Record<never, MapSlot>,
  V extends Slots<VectorSlot> = Record<never, VectorSlot>,
>(definition: CellDefinition<S, X, M, V>): Cell {
  const { name, states } = definition;
  const inputs: Slots<ProjectionSlot> = definition.inputs;
  const maps: Slots<MapSlot> = definition.maps ?? {};
  const vectors: Slots<VectorSlot> = definition.vectors ?? {};
  const names = [states, inputs, maps, vectors].flatMap((slots) => Object.keys(slots));
  const repeated = names.find((n, i) => names.indexOf(n) !== i);
  if (repeated !== undefined)
    throw new UsageError(`Cell "${name}" uses the name "${repeated}" twice; rename one of them.`);
  const [first] = Object.keys(states);
  if (first === undefined)
    throw new UsageError(`Cell "${name}" has no state; declare at least one, e.g. states: { h: real }.`);
  return {
    name,
    states: Object.keys(states),
    inputs: Object.entries(inputs).map(([input, slot]) => ({ name: input, bias: slot.bias !== undefined })),
    maps: Object.keys(maps),
    vectors: Object.keys(vectors),
    output: definition.output ?? first,
    // The compiler passes every declared name; the static type of `step` says which.
    step: definition.step as CellEquations["step"],
    projections: inputs,
    parametrizations: Object.fromEntries(Object.entries(maps).map(([map, slot]) => [map, slot.parametrization])),
    vectorInitializers: Object.fromEntries(Object.entries(vectors).map(([vector, slot]) => [vector, slot.init])),
  };
}
