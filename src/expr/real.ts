import { constant, type Operator, type Real } from "./node.ts";
import { scalarFunctions } from "./scalar.ts";

/** Builds an operation on reals, folding constants and dropping neutral elements as it goes. */
export function operation(operator: Operator, ...args: readonly Real[]): Real {
  const simpler = simplify(operator, args);
  return simpler ?? { kind: "operation", operator, arguments: args };
}

const isConstant = (node: Real, value: number): boolean => node.kind === "constant" && node.value === value;
const isNegation = (node: Real) => node.kind === "operation" && node.operator === "neg";

function simplify(operator: Operator, args: readonly Real[]): Real | undefined {
  if (args.every((a) => a.kind === "constant")) {
    const values = args.map((a) => (a.kind === "constant" ? a.value : Number.NaN));
    return constant(scalarFunctions[operator](...values));
  }
  const [a, b, x, y] = args;
  switch (operator) {
    case "add":
      if (isConstant(a, 0)) return b;
      if (isConstant(b, 0)) return a;
      return undefined;
    case "sub":
      if (isConstant(b, 0)) return a;
      if (isConstant(a, 0)) return operation("neg", b);
      return undefined;
    case "mul":
      if (isConstant(a, 0) || isConstant(b, 0)) return constant(0);
      if (isConstant(a, 1)) return b;
      if (isConstant(b, 1)) return a;
      if (isConstant(a, -1)) return operation("neg", b);
      if (isConstant(b, -1)) return operation("neg", a);
      return undefined;
    case "div":
      if (isConstant(a, 0)) return constant(0);
      return isConstant(b, 1) ? a : undefined;
    case "neg":
      return isNegation(a) && a.kind === "operation" ? a.arguments[0] : undefined;
    case "selectLess":
      if (a.kind === "constant" && b.kind === "constant") return a.value < b.value ? x : y;
      return x === y ? x : undefined;
    default:
      return undefined;
  }
}
