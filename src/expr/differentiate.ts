import { type Application, constant, operands, type Real, topological } from "./node.ts";
import { operation } from "./real.ts";

/** How an adjoint passes a linear operator backwards: the adjoints of the arguments, given that of a result. */
export type PullApplication = (node: Application, adjoint: Real) => readonly Real[];

/**
 * Symbolic reverse mode. Given ∂L/∂root for each root, returns ∂L/∂node for every node below; a node L does not depend
 * on is missing. The result reuses forward nodes (tanh′ = 1 − tanh²), so the two share their subexpressions.
 *
 * Conventions at kinks: sign′ = 0, |·|′(0) = 0, relu′(0) = 0, min and max pass the gradient of a tie to the first argument.
 */
export function differentiate(seeds: ReadonlyMap<Real, Real>, pullApplication?: PullApplication): Map<Real, Real> {
  const adjoints = new Map<Real, Real>(seeds);
  const accumulate = (node: Real, contribution: Real): void => {
    if (contribution.kind === "constant" && contribution.value === 0) return;
    const held = adjoints.get(node);
    adjoints.set(node, held === undefined ? contribution : operation("add", held, contribution));
  };
  for (const node of topological(seeds.keys()).reverse()) {
    const adjoint = adjoints.get(node);
    if (adjoint === undefined) continue;
    if (node.kind === "application") {
      const pulled = pullApplication?.(node, adjoint) ?? [];
      for (const [i, contribution] of pulled.entries()) accumulate(node.arguments[i], contribution);
    } else if (node.kind === "operation") {
      const contributions = partials(node.operator, node.arguments, node, adjoint);
      for (const [i, operand] of operands(node).entries()) accumulate(operand, contributions[i]);
    }
  }
  return adjoints;
}

const zero = constant(0);
const one = constant(1);

/** adjoint · ∂node/∂argument for each argument. */
function partials(operator: string, args: readonly Real[], node: Real, g: Real): Real[] {
  const [a, b] = args;
  const mul = (p: Real, q: Real) => operation("mul", p, q);
  const div = (p: Real, q: Real) => operation("div", p, q);
  const neg = (p: Real) => operation("neg", p);
  const whereLess = (p: Real, q: Real, yes: Real, no: Real) => operation("selectLess", p, q, yes, no);
  switch (operator) {
    case "neg":
      return [neg(g)];
    case "abs":
      return [mul(g, operation("sign", a))];
    case "sign":
      return [zero];
    case "exp":
      return [mul(g, node)];
    case "log":
      return [div(g, a)];
    case "tanh":
      return [mul(g, operation("sub", one, mul(node, node)))];
    case "sigmoid":
      return [mul(g, mul(node, operation("sub", one, node)))];
    case "relu":
      return [whereLess(zero, node, g, zero)];
    case "sqrt":
      return [div(mul(g, constant(0.5)), node)];
    case "sin":
      return [mul(g, operation("cos", a))];
    case "cos":
      return [neg(mul(g, operation("sin", a)))];
    case "add":
      return [g, g];
    case "sub":
      return [g, neg(g)];
    case "mul":
      return [mul(g, b), mul(g, a)];
    case "div": {
      const quotient = div(g, b);
      return [quotient, neg(mul(quotient, node))];
    }
    case "min":
      return [whereLess(b, a, zero, g), whereLess(b, a, g, zero)];
    case "max":
      return [whereLess(a, b, zero, g), whereLess(a, b, g, zero)];
    case "hypot": {
      const scale = whereLess(zero, node, div(g, node), zero);
      return [mul(scale, a), mul(scale, b)];
    }
    case "modrelu": {
      const sign = operation("sign", node);
      return [whereLess(zero, operation("abs", node), g, zero), mul(g, sign)];
    }
    case "selectLess":
      return [zero, zero, whereLess(a, b, g, zero), whereLess(a, b, zero, g)];
    default:
      throw new Error(`operator ${operator} has no derivative: differentiate before lowering`);
  }
}
