import { differentiate } from "../expr/differentiate.ts";
import { constant, leaf, type Real, topological } from "../expr/node.ts";
import { operation } from "../expr/real.ts";
import type { OperatorGroup } from "./operators.ts";
import { stages } from "./stages.ts";

/** The adjoint equations of one step. */
export interface AdjointEquations {
  /** For each group of operators, the adjoints of their results. */
  readonly results: readonly (readonly Real[])[];
  /** For each group, the leaves that stand for the adjoints of its operands. */
  readonly operands: readonly (readonly Real[])[];
  /** Adjoints of the previous states, in the order of the states. */
  readonly states: readonly Real[];
  /** Adjoint of every other leaf that the loss depends on. */
  readonly leaves: ReadonlyMap<Real, Real>;
}

/**
 * Differentiates a step. `next` pairs each state's leaf and new value with the adjoint of the new value; linear operators
 * are transposed, not entered.
 */
export function adjointEquations(
  next: readonly { state: Real; node: Real; adjoint: Real }[],
  groups: readonly OperatorGroup[],
): AdjointEquations {
  const seeds = new Map<Real, Real>();
  for (const { node, adjoint } of next) {
    const held = seeds.get(node);
    seeds.set(node, held ? operation("add", held, adjoint) : adjoint);
  }
  const operandLeaves = groups.map(({ operands }, g) => operands.map((_, i) => leaf(`∂operand[${g}][${i}]`)));
  const results = new Map<Real, Real>();
  const entered = new Set<number>();
  const adjoints = differentiate(seeds, (node, adjoint) => {
    results.set(node, adjoint);
    const g = groups.findIndex((group) => group.results.includes(node));
    if (entered.has(g)) return [];
    entered.add(g);
    return operandLeaves[g];
  });
  const zero = constant(0);
  const states = new Set(next.map(({ state }) => state));
  return {
    results: groups.map((group) => group.results.map((node) => (node && results.get(node)) ?? zero)),
    operands: operandLeaves,
    states: next.map(({ state }) => adjoints.get(state) ?? zero),
    leaves: new Map([...adjoints].filter(([node]) => node.kind === "leaf" && !states.has(node))),
  };
}

/** Every expression of the adjoint equations, for `share`. */
export const adjointRoots = (equations: AdjointEquations): Real[] => [
  ...equations.results.flat(),
  ...equations.operands.flat(),
  ...equations.states,
  ...equations.leaves.values(),
];

/** The same equations with every node replaced by its image. */
export function mapEquations(equations: AdjointEquations, image: ReadonlyMap<Real, Real>): AdjointEquations {
  const of = (node: Real): Real => image.get(node) ?? node;
  return {
    results: equations.results.map((group) => group.map(of)),
    operands: equations.operands,
    states: equations.states.map(of),
    leaves: new Map([...equations.leaves].map(([node, adjoint]) => [node, of(adjoint)])),
  };
}

/** Forward values that adjoint expressions load: where walking down from `roots` first meets the forward graph. */
export function forwardValues(roots: readonly Real[], forward: ReadonlySet<Real>): Set<Real> {
  const met = topological(roots, (node) => forward.has(node));
  return new Set(met.filter((node) => forward.has(node)));
}

/** Stage of every adjoint node: forward values are known, each transposed operator on the way costs one stage. */
export function adjointStages(equations: AdjointEquations, forward: ReadonlySet<Real>): Map<Real, number> {
  const known = new Map<Real, number>();
  const roots = adjointRoots(equations);
  const waiting = new Set(equations.operands.keys());
  while (waiting.size > 0) {
    for (const g of waiting) {
      const below = topological(equations.results[g], (node) => forward.has(node));
      const blocked = equations.operands.flat().some((node) => !known.has(node) && below.includes(node));
      if (blocked) continue;
      const stage = stages(equations.results[g], (node) => (forward.has(node) ? 0 : known.get(node)));
      const after = 1 + Math.max(...equations.results[g].map((node) => stage.get(node) as number));
      for (const node of equations.operands[g]) known.set(node, after);
      waiting.delete(g);
    }
  }
  return stages(roots, (node) => (forward.has(node) ? 0 : known.get(node)));
}

/** All nodes below `roots`. */
export const graphOf = (roots: readonly Real[]): Set<Real> => new Set(topological(roots));
