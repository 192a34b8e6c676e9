import { type Leaf, type Operator, type Real, topological } from "./node.ts";
import { scalarFunctions } from "./scalar.ts";

/** Values of real expressions in float64, given those of their leaves. */
export function evaluate(roots: readonly Real[], leafValue: (leaf: Leaf) => number): number[] {
  const values = new Map<Real, number>();
  for (const node of topological(roots)) {
    values.set(node, nodeValue(node));
  }
  return roots.map((root) => values.get(root) as number);

  function nodeValue(node: Real): number {
    switch (node.kind) {
      case "constant":
        return node.value;
      case "leaf":
        return leafValue(node);
      case "application":
        throw new Error(`evaluate: ${node.operator}(…) is not elementwise`);
      case "operation":
        return scalarFunctions[node.operator](...node.arguments.map((a) => values.get(a) as number));
    }
  }
}

/** A straight-line program over numbered registers, for evaluating one set of expressions many times. */
export interface Tape {
  readonly registers: Float64Array;
  /** Register of each leaf; fill before `run`. */
  readonly leaves: ReadonlyMap<Real, number>;
  /** Register of each root; read after `run`. */
  readonly roots: readonly number[];
  run(): void;
}

/** Compiles expressions to a `Tape`. Nodes in `given` count as leaves. */
export function tape(roots: readonly Real[], given: ReadonlySet<Real> = new Set()): Tape {
  const order = topological(roots, (node) => given.has(node));
  const registerOf = new Map(order.map((node, i) => [node, i]));
  const registers = new Float64Array(order.length);
  const leaves = new Map<Real, number>();
  const code: { target: number; apply: (...args: number[]) => number; operator: Operator; args: number[] }[] = [];
  order.forEach((node, target) => {
    if (node.kind === "constant") registers[target] = node.value;
    else if (node.kind !== "operation" || given.has(node)) leaves.set(node, target);
    else {
      const args = node.arguments.map((a) => registerOf.get(a) as number);
      code.push({ target, apply: scalarFunctions[node.operator], operator: node.operator, args });
    }
  });
  const run = (): void => {
    for (const { target, apply, operator, args } of code) {
      const a = registers[args[0]];
      if (operator === "mul") registers[target] = a * registers[args[1]];
      else if (operator === "add") registers[target] = a + registers[args[1]];
      else if (args.length === 1) registers[target] = apply(a);
      else if (args.length === 2) registers[target] = apply(a, registers[args[1]]);
      else registers[target] = apply(a, registers[args[1]], registers[args[2]], registers[args[3]]);
    }
  };
  return { registers, leaves, roots: roots.map((root) => registerOf.get(root) as number), run };
}
