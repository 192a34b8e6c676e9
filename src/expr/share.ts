import { type Application, application, type Real, topological } from "./node.ts";
import { operation } from "./real.ts";

const commutative = new Set(["add", "mul", "min", "max", "hypot"]);

/**
 * Common subexpressions shared: rebuilds the graph so that structurally equal nodes are one object. Leaves keep their
 * identity. Returns the image of every node below `roots`.
 */
export function share(roots: Iterable<Real>): Map<Real, Real> {
  const image = new Map<Real, Real>();
  const numbers = new Map<Real, number>();
  const table = new Map<string, Real>();
  const number = (node: Real): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    numbers.set(node, numbers.size);
    return numbers.size - 1;
  };
  const intern = (key: string, build: () => Real): Real => {
    const known = table.get(key);
    if (known) return known;
    const node = build();
    table.set(key, node);
    return node;
  };
  for (const node of topological(roots)) {
    image.set(node, rebuild(node));
  }
  return image;

  function rebuild(node: Real): Real {
    switch (node.kind) {
      case "leaf":
        return node;
      case "constant":
        return intern(`#${Object.is(node.value, -0) ? "-0" : node.value}`, () => node);
      case "application": {
        const args = node.arguments.map((a) => image.get(a) as Real);
        return intern(`@${node.operator}[${node.result}](${args.map(number)})`, () => sameOr(node, args));
      }
      case "operation": {
        const args = node.arguments.map((a) => image.get(a) as Real);
        const key = args.map(number);
        if (commutative.has(node.operator)) key.sort((p, q) => p - q);
        const unchanged = args.every((a, i) => a === node.arguments[i]);
        return intern(`${node.operator}(${key})`, () => (unchanged ? node : operation(node.operator, ...args)));
      }
    }
  }
}

function sameOr(node: Application, args: readonly Real[]): Real {
  return args.every((a, i) => a === node.arguments[i]) ? node : application(node.operator, args, node.result);
}
