import { differentiate } from "../expr/differentiate.ts";
import { isExpensive } from "../expr/lower.ts";
import { constant, leaf, operands, type Real, topological } from "../expr/node.ts";
import { operation } from "../expr/real.ts";
import type { Access, Output } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import { type Context, isTraining, type LeafBinding, sumInto } from "./context.ts";
import { matrix } from "./forward.ts";
import { elementwise } from "./stages.ts";

export interface Hoisted {
  readonly roots: readonly Real[];
  /** The leaves that took the place of what is computed once. */
  readonly bindings: readonly LeafBinding[];
}

/**
 * Takes out of a step what depends on per-unit parameters only and costs a transcendental function or a division, such as
 * the e^{−e^ν} of a decay: it is computed once per shard before the first step, and its gradient passed on to the parameters
 * once after the last step backwards.
 */
export function hoist(
  context: Context,
  prefix: string,
  units: number,
  roots: readonly Real[],
  bindings: readonly LeafBinding[],
): Hoisted {
  const parameters = new Map<Real, Access>();
  for (const { leaf: node, access } of bindings) if (access.kind === "vector") parameters.set(node, access);
  const constantInTime = invariant(roots, parameters);
  const chosen = outermost(roots, constantInTime);
  if (chosen.length === 0) return { roots, bindings: [] };

  const place = (name: string) =>
    ref(context.allocator.allocate({ name, scope: "workspace", rows: context.shape.rows, width: units }));
  const values = chosen.map((node, i) => ({
    node,
    leaf: leaf(`hoisted[${i}]`),
    ref: place(`${prefix}.hoisted[${i}]`),
  }));
  const store = (value: Real, to: (typeof values)[number]["ref"]): Output => ({ kind: "store", value, ref: to });
  context.begin.push(
    elementwise(
      values.map(({ node, ref: to }) => store(node, to)),
      parameters,
      units,
    ),
  );
  const image = substitute(roots, new Map(values.map(({ node, leaf: substitute }) => [node, substitute])));
  const moved = roots.map((node) => image.get(node) as Real);
  if (!isTraining(context)) {
    return { roots: moved, bindings: values.map(({ leaf: node, ref: at }) => ({ leaf: node, access: vector(at) })) };
  }

  // Row 0 receives the sum over all rows and steps, the others stay 0, so that the sum over rows at the end is right.
  const sums = values.map((_, i) => ({ leaf: leaf(`∂hoisted[${i}]`), ref: place(`${prefix}.hoisted[${i}].adjoint`) }));
  context.begin.push(
    elementwise(
      sums.map(({ ref: to }) => store(constant(0), to)),
      new Map(),
      units,
    ),
  );
  const adjoints = differentiate(new Map(values.map(({ node }, i) => [node, sums[i].leaf])));
  const known = new Map<Real, Access>(parameters);
  for (const { node, ref: at } of values) known.set(node, matrix(at));
  for (const { leaf: node, ref: at } of sums) known.set(node, matrix(at));
  const outputs = bindings.flatMap(({ leaf: node, adjoint }) => {
    const value = adjoints.get(node);
    return value && adjoint ? [adjoint(value)] : [];
  });
  context.end.push(elementwise(outputs, known, units));
  return {
    roots: moved,
    bindings: values.map(({ leaf: node, ref: at }, i) => ({
      leaf: node,
      access: vector(at),
      adjoint: sumInto(sums[i].ref.buffer),
    })),
  };
}

const vector = (at: Hoistable): Access => ({ kind: "vector", ref: at });
type Hoistable = ReturnType<typeof ref>;

/** Nodes that are functions of parameters alone. */
function invariant(roots: readonly Real[], parameters: ReadonlyMap<Real, Access>): ReadonlySet<Real> {
  const found = new Set<Real>();
  for (const node of topological(roots)) {
    const isInvariant =
      node.kind === "constant" ||
      parameters.has(node) ||
      (node.kind === "operation" && node.arguments.every((argument) => found.has(argument)));
    if (isInvariant) found.add(node);
  }
  return found;
}

/** The invariant nodes that something else reads, where they are worth computing once. */
function outermost(roots: readonly Real[], constantInTime: ReadonlySet<Real>): readonly Real[] {
  const isCostly = (node: Real) =>
    topological([node]).some((below) => below.kind === "operation" && isExpensive(below.operator));
  const read = new Set<Real>(roots);
  for (const node of topological(roots)) {
    if (!constantInTime.has(node)) for (const operand of operands(node)) read.add(operand);
  }
  return [...read].filter((node) => node.kind === "operation" && constantInTime.has(node) && isCostly(node));
}

/** The graph with some nodes replaced; what lies below them is no longer reached. */
function substitute(roots: readonly Real[], by: ReadonlyMap<Real, Real>): Map<Real, Real> {
  const image = new Map<Real, Real>(by);
  for (const node of topological(roots, (n) => by.has(n))) {
    if (image.has(node)) continue;
    const args = operands(node).map((operand) => image.get(operand) as Real);
    if (args.every((argument, i) => argument === operands(node)[i])) image.set(node, node);
    else if (node.kind === "application") image.set(node, { ...node, arguments: args });
    else if (node.kind === "operation") image.set(node, operation(node.operator, ...args));
  }
  return image;
}
