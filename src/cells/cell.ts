import type { CellEquations, LinearMapSymbol } from "../compile/equations.ts";
import { UsageError } from "../errors.ts";
import { type Complex, toComplex } from "../expr/complex.ts";
import type { Real } from "../expr/node.ts";
import type { Value } from "../expr/ops.ts";
import type { Field, MapSlot, ProjectionSlot, StateSlot, VectorSlot } from "./slots.ts";

export {
  complexProjection,
  complexRecurrent,
  complexState,
  type MapSlot,
  perUnit,
  projection,
  real,
  recurrent,
} from "./slots.ts";

/** A recurrent cell: its equations, and where each of its weights starts. */
export interface Cell extends CellEquations {
  readonly slots: CellSlots;
  /** What layers of this cell begin with unless they say otherwise. */
  readonly initialState: "zero" | "learned";
  /** The same equations with other maps. */
  withMaps(maps: Slots<MapSlot>): Cell;
}

/** The slots of a definition by their names; complex ones are not yet split into parts. */
export interface CellSlots {
  readonly states: Slots<StateSlot>;
  readonly inputs: Slots<ProjectionSlot>;
  readonly maps: Slots<MapSlot>;
  readonly vectors: Slots<VectorSlot>;
}

type Slots<T> = Readonly<Record<string, T>>;
type ValueOf<F extends Field> = F extends "complex" ? Complex : Real;
type FieldOf<S> = S extends { readonly field: infer F extends Field } ? F : "real";

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
  /** The state the next layer reads; of a complex one its real and imaginary parts side by side. Default: the first. */
  readonly output?: keyof S & string;
  /** Default zero. */
  readonly initialState?: "zero" | "learned";
  /** New states from the old ones, the input projections, the maps (functions) and the vectors. */
  step(
    symbols: { readonly [K in keyof S]: ValueOf<FieldOf<S[K]>> } & {
      readonly [K in keyof X]: ValueOf<FieldOf<X[K]>>;
    } & {
      readonly [K in keyof V]: Real;
    } & { readonly [K in keyof M]: LinearMapSymbol<ValueOf<FieldOf<M[K]>>> },
  ): { readonly [K in keyof S]: ValueOf<FieldOf<S[K]>> };
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
  const { name, states, inputs, output, initialState = "zero" } = definition;
  const slots: CellSlots = { states, inputs, maps: definition.maps ?? {}, vectors: definition.vectors ?? {} };
  requireNames(name, slots);
  const [first] = Object.keys(states);
  // The compiler passes every declared name; the static type of `step` says which.
  const step = definition.step as unknown as (symbols: Slots<Value | LinearMapSymbol>) => Slots<Value>;
  return cellOf({ name, slots, output: output ?? first, initialState, step });
}

interface Definition {
  readonly name: string;
  readonly slots: CellSlots;
  readonly output: string;
  readonly initialState: "zero" | "learned";
  step(symbols: Slots<Value | LinearMapSymbol>): Slots<Value>;
}

function cellOf(definition: Definition): Cell {
  const { name, slots, output, initialState } = definition;
  const { states, inputs, maps, vectors } = slots;
  return {
    name,
    slots,
    initialState,
    states: Object.entries(states).flatMap(([state, { field }]) => partNames(state, field)),
    inputs: Object.entries(inputs).flatMap(([input, { field, bias }]) =>
      partNames(input, field).map((part) => ({ name: part, bias: bias !== undefined })),
    ),
    maps: Object.entries(maps).map(([map, { structure }]) => ({
      name: map,
      bind: (units) => structure.bind(map, units),
    })),
    vectors: Object.keys(vectors),
    output: partNames(output, states[output].field),
    step: (symbols) => splitStates(states, definition.step(joinParts(slots, symbols))),
    withMaps: (others) => cellOf({ ...definition, slots: { ...slots, maps: { ...maps, ...others } } }),
  };
}

/** The real vectors a quantity consists of: itself, or its real and imaginary parts. */
export const partNames = (name: string, field: Field): readonly string[] =>
  field === "complex" ? [`${name}.re`, `${name}.im`] : [name];

/** Complex quantities from the symbols of their parts. */
function joinParts(
  { states, inputs }: CellSlots,
  symbols: Slots<Real | LinearMapSymbol>,
): Slots<Value | LinearMapSymbol> {
  const complexNames = [...Object.entries(states), ...Object.entries(inputs)]
    .filter(([, { field }]) => field === "complex")
    .map(([name]) => name);
  const joined = complexNames.map((name): [string, Complex] => {
    const [re, im] = partNames(name, "complex").map((part) => symbols[part] as Real);
    return [name, { kind: "complex", re, im }];
  });
  return { ...symbols, ...Object.fromEntries(joined) };
}

function splitStates(states: Slots<StateSlot>, next: Slots<Value>): Record<string, Real> {
  const entries = Object.entries(next).flatMap(([name, value]): [string, Real][] => {
    // What is not declared, or is not an expression at all, is the compiler's to refuse.
    if (states[name]?.field !== "complex") return [[name, value as Real]];
    const { re, im } = toComplex(value);
    return [
      [`${name}.re`, re],
      [`${name}.im`, im],
    ];
  });
  return Object.fromEntries(entries);
}

function requireNames(cell: string, { states, inputs, maps, vectors }: CellSlots): void {
  const names = [states, inputs, maps, vectors].flatMap((slots) => Object.keys(slots));
  const repeated = names.find((n, i) => names.indexOf(n) !== i);
  if (repeated !== undefined) {
    throw new UsageError(`Cell "${cell}" uses the name "${repeated}" twice; rename one of them.`);
  }
  if (Object.keys(states).length === 0) {
    throw new UsageError(`Cell "${cell}" has no state; declare at least one, e.g. states: { h: real }.`);
  }
}
