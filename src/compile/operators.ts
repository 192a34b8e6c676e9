import { UsageError } from "../errors.ts";
import { type Application, application, type Leaf, leaf, type Real, topological } from "../expr/node.ts";
import type { Value } from "../expr/ops.ts";
import { mul } from "../expr/ops.ts";
import type { FactorChain } from "../plan/plan.ts";

/** A linear operator on vectors of a step. `name` is also that of its weight, if it has one. */
export type Operator =
  /** x @ W, W [inputs × outputs] tight, or block-diagonal with `blocks` blocks, stored tight [inputs × outputs/blocks]. */
  | {
      readonly kind: "matrix";
      readonly name: string;
      readonly inputs: number;
      readonly outputs: number;
      readonly blocks: number;
    }
  /** w ⊙ x with one weight per unit. */
  | { readonly kind: "vector"; readonly name: string }
  /** y_j = x_{index[j]}; no weight. */
  | { readonly kind: "permutation"; readonly name: string; readonly index: Int32Array }
  /** A chain of fast factors on one real vector, or on the two parts of a complex one. */
  | { readonly kind: "factored"; readonly name: string; readonly chain: FactorChain };

/** An operator on symbols: one result, or the two parts of a complex one. */
export type OperatorSymbol = (...operands: Real[]) => readonly Real[];

/** A linear map of a cell as the compiler sees it. */
export interface LinearMap {
  readonly name: string;
  /** For vectors of `units` numbers. Throws `UsageError` when there is no such map of that size. */
  bind(units: number): BoundMap;
}

/** The operators a map is made of, and the map written with them. */
export interface BoundMap {
  readonly operators: readonly Operator[];
  apply(value: Value, operators: readonly OperatorSymbol[]): Value;
}

/** How many numbers an operator's weight has. */
export function operatorWeights(operator: Operator, units: number): number {
  switch (operator.kind) {
    case "matrix":
      return (operator.inputs * operator.outputs) / operator.blocks;
    case "vector":
      return units;
    case "permutation":
      return 0;
    case "factored":
      return operator.chain.weightCount;
  }
}

/** The operator as a function of expressions; `vectors` collects the leaves of per-unit weights. */
export function operatorSymbol(operator: Operator, vectors: Map<string, Leaf>): OperatorSymbol {
  const { name } = operator;
  switch (operator.kind) {
    case "vector": {
      const weight = leaf(name);
      vectors.set(name, weight);
      return (x) => [mul(x, weight)];
    }
    case "factored": {
      const parts = operator.chain.field === "complex" ? [0, 1] : [0];
      return (...operands) => parts.map((result) => application(name, operands, result));
    }
    default:
      return (x) => [application(name, [x])];
  }
}

/** Operators applied to the same vectors in one kernel: several matrices on one vector are one product. */
export interface OperatorGroup {
  readonly operators: readonly Operator[];
  readonly operands: readonly Real[];
  /** Every result in order: one per matrix, or all results of one operator; undefined where nothing reads it. */
  readonly results: readonly (Application | undefined)[];
}

interface OpenGroup {
  readonly operators: Operator[];
  readonly operands: readonly Real[];
  readonly results: (Application | undefined)[];
}

/**
 * The applications below `roots` in groups, in the order of `operators`. Matrices are gathered where they are of one shape
 * and are applied to the same vectors everywhere. Throws `UsageError` when a map is never applied.
 */
export function groupApplications(
  roots: readonly Real[],
  operators: ReadonlyMap<string, Operator>,
): readonly OperatorGroup[] {
  const nodes = topological(roots).filter((node): node is Application => node.kind === "application");
  const identity = new Map(topological(roots).map((node, i) => [node, i]));
  const ids = (operands: readonly Real[]) => operands.map((node) => identity.get(node)).join("+");
  const groups = new Map<string, OpenGroup>();
  for (const [name, operator] of operators) {
    if (operator.kind === "vector") continue;
    const own = nodes.filter((node) => node.operator === name);
    if (own.length === 0) {
      throw new UsageError(`Map "${name.split(".")[0]}" is declared but never applied; remove it.`);
    }
    const places = [...new Set(own.map((node) => ids(node.arguments)))].sort().join("|");
    for (const node of own) {
      const shape: string =
        operator.kind === "matrix" ? `${operator.inputs}×${operator.outputs}/${operator.blocks} at ${places}` : name;
      const key = `${shape}: ${ids(node.arguments)}`;
      const group: OpenGroup = groups.get(key) ?? { operators: [], operands: node.arguments, results: [] };
      groups.set(key, group);
      if (!group.operators.includes(operator)) group.operators.push(operator);
      if (operator.kind === "matrix") group.results.push(node);
      else group.results[node.result] = node;
    }
  }
  return [...groups.values()].map((group) => ({ ...group, results: Array.from(group.results) }));
}
