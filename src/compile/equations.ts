import { UsageError } from "../errors.ts";
import { type Application, application, type Leaf, leaf, type Real } from "../expr/node.ts";

/** What the compiler knows of a cell: the names of its quantities and its equations, nothing about where weights come from. */
export interface CellEquations {
  readonly name: string;
  readonly states: readonly string[];
  /** Input projections; each arrives as a vector of one number per unit. */
  readonly inputs: readonly { readonly name: string; readonly bias: boolean }[];
  readonly maps: readonly string[];
  readonly vectors: readonly string[];
  /** The state that the layer above and the head see. */
  readonly output: string;
  /** New states from the symbols of all the names above; maps are functions. */
  step(symbols: Readonly<Record<string, Real | LinearMapSymbol>>): Readonly<Record<string, Real>>;
}

export type LinearMapSymbol = (value: Real) => Real;

/** The symbols of one step, and the expressions of the new states over them. */
export interface Trace {
  readonly states: ReadonlyMap<string, Leaf>;
  readonly vectors: ReadonlyMap<string, Leaf>;
  readonly next: ReadonlyMap<string, Real>;
}

/** Runs a cell's `step` once on symbols, with `inputs` for its input projections. Throws `UsageError` when it does not return exactly its states. */
export function trace(cell: CellEquations, inputs: ReadonlyMap<string, Real>): Trace {
  const leaves = (names: readonly string[]) => new Map(names.map((name) => [name, leaf(name)]));
  const states = leaves(cell.states);
  const vectors = leaves(cell.vectors);
  const maps = cell.maps.map((name): [string, LinearMapSymbol] => [name, (value) => application(name, value)]);
  const next = cell.step(Object.fromEntries([...states, ...inputs, ...vectors, ...maps]));
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
  return { states, vectors, next: new Map(cell.states.map((name) => [name, next[name]])) };
}

function requireReal(cell: string, state: string, value: unknown): void {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : typeof value;
  if (["constant", "leaf", "application", "operation"].includes(String(kind))) return;
  throw new UsageError(
    `The step of cell "${cell}" returned a ${kind} for state "${state}", expected a real expression such as tanh(add(W(h), x)). ` +
      "Use the functions of stiefel/expr; a number n is mul(0, h) + n, and a complex value has parts re and im.",
  );
}

/** Linear maps applied to one operand: one matrix product. */
export interface MapGroup {
  readonly operand: Real;
  readonly applications: readonly Application[];
}

/** Applications grouped by operand, members in the order of `maps`. Throws `UsageError` when a map has two operands. */
export function groupByOperand(applications: readonly Application[], maps: readonly string[]): MapGroup[] {
  const groups = new Map<Real, Application[]>();
  for (const name of maps) {
    const [node, ...others] = applications.filter((a) => a.operator === name);
    if (others.length > 0) {
      throw new UsageError(
        `Map "${name}" is applied to ${others.length + 1} different vectors; declare one map for each.`,
      );
    }
    if (node === undefined) throw new UsageError(`Map "${name}" is declared but never applied; remove it.`);
    const group = groups.get(node.argument);
    if (group) group.push(node);
    else groups.set(node.argument, [node]);
  }
  return [...groups].map(([operand, members]) => ({ operand, applications: members }));
}
