import { lower } from "../../expr/lower.ts";
import { leaf, type Real, topological } from "../../expr/node.ts";
import { operation } from "../../expr/real.ts";
import { share } from "../../expr/share.ts";

/** Expressions ready to be written down: machine operators only, equal subexpressions one node, inputs as leaves. */
export interface StraightLine {
  /** What each root became. */
  readonly image: ReadonlyMap<Real, Real>;
  /** The leaf that stands for an input. */
  readonly leafOf: ReadonlyMap<Real, Real>;
  readonly inputOf: ReadonlyMap<Real, Real>;
}

/** `inputs` may be any nodes, not only leaves: what is below them is somebody else's computation. */
export function straightLine(roots: readonly Real[], inputs: Iterable<Real>): StraightLine {
  const leafOf = new Map([...inputs].map((input) => [input, leaf("input")]));
  const opaque = new Map<Real, Real>();
  for (const node of topological(roots, (n) => leafOf.has(n))) {
    opaque.set(node, leafOf.get(node) ?? rebuilt(node));
  }
  const lowered = lower([...opaque.values()]);
  const shared = share(lowered.values());
  function rebuilt(node: Real): Real {
    if (node.kind !== "operation") return node;
    return operation(node.operator, ...node.arguments.map((a) => opaque.get(a) as Real));
  }
  const final = (root: Real): Real => shared.get(lowered.get(opaque.get(root) as Real) as Real) as Real;
  return {
    image: new Map(roots.map((root) => [root, final(root)])),
    leafOf,
    inputOf: new Map([...leafOf].map(([input, node]) => [node, input])),
  };
}
