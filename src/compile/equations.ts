import { UsageError } from "../errors.ts";
import { type Leaf, leaf, type Real } from "../expr/node.ts";
import type { Value } from "../expr/ops.ts";
import { type LinearMap, type Operator, operatorSymbol } from "./operators.ts";

/** What the compiler knows of a cell: the names of its quantities and its equations, nothing about where weights come from. */
export interface CellEquations {
  readonly name: string;
  readonly states: readonly string[];
  /** Input projections; each arrives as a vector of one number per unit. */
  readonly inputs: readonly { readonly name: string; readonly bias: boolean }[];
  readonly maps: readonly LinearMap[];
  readonly vectors: readonly string[];
  /** The states that the layer above and the head see, side by side: one, or the two parts of a complex one. */
  readonly output: readonly string[];
  /** New states from the symbols of all the names above; maps are functions. */
  step(symbols: Readonly<Record<string, Real | LinearMapSymbol>>): Readonly<Record<string, Real>>;
}

/** A map in a cell's equations; complex maps take and give complex values. */
export type LinearMapSymbol<V extends Value = Value> = (value: V) => V;

/** The symbols of one step, and the expressions of the new states over them. */
export interface Trace {
  readonly states: ReadonlyMap<string, Leaf>;
  /** Per-unit weights: the cell's vectors, and those of its diagonal maps. */
  readonly vectors: ReadonlyMap<string, Leaf>;
  readonly operators: ReadonlyMap<string, Operator>;
  readonly next: ReadonlyMap<string, Real>;
}

/** Runs a cell's `step` once on symbols, with `inputs` for its input projections. Throws `UsageError` when it does not return exactly its states. */
export function trace(cell: CellEquations, inputs: ReadonlyMap<string, Real>, units: number): Trace {
  const leaves = (names: readonly string[]) => new Map(names.map((name) => [name, leaf(name)]));
  const states = leaves(cell.states);
  const vectors = leaves(cell.vectors);
  const operators = new Map<string, Operator>();
  const maps = cell.maps.map((map): [string, LinearMapSymbol] => {
    const bound = map.bind(units);
    for (const operator of bound.operators) operators.set(operator.name, operator);
    const symbols = bound.operators.map((operator) => operatorSymbol(operator, vectors));
    return [map.name, (value) => bound.apply(value, symbols)];
  });
  const own = cell.vectors.map((name): [string, Leaf] => [name, vectors.get(name) as Leaf]);
  const next = cell.step(Object.fromEntries([...states, ...inputs, ...own, ...maps]));
  const returned = Object.keys(next);
  const missing = cell.states.filter((name) => next[name] === undefined);
  const extra = returned.filter((name) => !cell.states.includes(name));
  if (missing.length > 0 || extra.length > 0) {
    throw new UsageError(
      `The step of cell "${cell.name}" returned {${returned.join(", ")}}, expected its states {${cell.states.join(", ")}}. ` +
        `Return one expression per state${extra.length > 0 ? `, and declare ${extra.join(", ")} in \`states\`` : ""}.`,
    );
  }
  for (const name of cell.states) requireReal(cell.name, name, next[name]);
  return { states, vectors, operators, next: new Map(cell.states.map((name) => [name, next[name]])) };
}

function requireReal(cell: string, state: string, value: unknown): void {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : typeof value;
  if (["constant", "leaf", "application", "operation"].includes(String(kind))) return;
  throw new UsageError(
    `The step of cell "${cell}" returned a ${kind} for state "${state}", expected a real expression such as tanh(add(W(h), x)). ` +
      "Use the functions of stiefel/expr; a number n is mul(0, h) + n, and a complex state is declared as `complex`.",
  );
}
