import type { Real } from "./node.ts";

const infix: Record<string, string> = { add: "+", sub: "−", mul: "·", div: "/" };

/** A node as a formula, for people: `tanh(W(h) + x)`. */
export function print(node: Real): string {
  switch (node.kind) {
    case "constant":
      return String(node.value);
    case "leaf":
      return node.name;
    case "application":
      return `${node.operator}(${node.arguments.map(print).join(", ")})${node.result > 0 ? `[${node.result}]` : ""}`;
    case "operation": {
      const args = node.arguments.map(print);
      const sign = infix[node.operator];
      if (sign) return `(${args[0]} ${sign} ${args[1]})`;
      if (node.operator === "neg") return `−${args[0]}`;
      if (node.operator === "selectLess") return `(${args[0]} < ${args[1]} ? ${args[2]} : ${args[3]})`;
      return `${node.operator}(${args.join(", ")})`;
    }
  }
}
