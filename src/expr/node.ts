/**
 * A real-valued, per-unit expression: a directed acyclic graph of immutable nodes. Equations are written with the
 * functions of `ops.ts`; everything a compiler does with them (differentiate, share, lower, print) works on these nodes.
 */
export type Real = Constant | Leaf | Application | Operation;

export interface Constant {
  readonly kind: "constant";
  readonly value: number;
}

/** A named quantity the surroundings supply: a state, an input projection, a parameter vector, an adjoint. */
export interface Leaf {
  readonly kind: "leaf";
  readonly name: string;
}

/**
 * One result of a linear operator applied to one or more whole vectors, opaque to elementwise code: where a step is cut into
 * stages.
 */
export interface Application {
  readonly kind: "application";
  readonly operator: string;
  readonly arguments: readonly Real[];
  /** Which of the operator's results this is. */
  readonly result: number;
}

export interface Operation {
  readonly kind: "operation";
  readonly operator: Operator;
  readonly arguments: readonly Real[];
}

export type UnaryOperator =
  | "neg"
  | "abs"
  | "sign"
  | "exp"
  | "log"
  | "tanh"
  | "sigmoid"
  | "relu"
  | "sqrt"
  | "sin"
  | "cos"
  | MachineOperator;

/**
 * Primitives only `lower.ts` introduces: nearest integer (ties to even), 2ⁿ for an integer n in −127 … 127, and the
 * split x = mantissa · 2^exponent with mantissa in [1, 2).
 */
export type MachineOperator = "round" | "pow2" | "exponent" | "mantissa";

/** `modrelu(z, b)` is sign(z)·max(|z| + b, 0): an operator because its derivatives follow from its value alone. */
export type BinaryOperator = "add" | "sub" | "mul" | "div" | "min" | "max" | "hypot" | "modrelu";

/** `selectLess(a, b, x, y)` is x where a < b, else y. */
export type Operator = UnaryOperator | BinaryOperator | "selectLess";

export const constant = (value: number): Constant => ({ kind: "constant", value });

/** A fresh leaf; two leaves of one name are different quantities. */
export const leaf = (name: string): Leaf => ({ kind: "leaf", name });

export const application = (operator: string, args: readonly Real[], result = 0): Application => ({
  kind: "application",
  operator,
  arguments: args,
  result,
});

/** The nodes a node depends on directly. */
export function operands(node: Real): readonly Real[] {
  return node.kind === "operation" || node.kind === "application" ? node.arguments : [];
}

/** All nodes below `roots`, operands before users, each once. `stopAt` nodes are listed but not entered. */
export function topological(roots: Iterable<Real>, stopAt?: (node: Real) => boolean): Real[] {
  const order: Real[] = [];
  const seen = new Set<Real>();
  const visit = (node: Real): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (!stopAt?.(node)) for (const operand of operands(node)) visit(operand);
    order.push(node);
  };
  for (const root of roots) visit(root);
  return order;
}
