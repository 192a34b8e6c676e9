import { operands, type Real, topological } from "../expr/node.ts";
import type { Access, Elementwise, Output } from "../plan/plan.ts";

/**
 * Stage of every node: 0 for what is known at the start of a step, one more for each matrix product on the way.
 * `stageOf` gives that of the leaves which a product computes.
 */
export function stages(roots: Iterable<Real>, stageOf: (node: Real) => number | undefined): Map<Real, number> {
  const stage = new Map<Real, number>();
  for (const node of topological(roots, (n) => stageOf(n) !== undefined)) {
    const own = stageOf(node);
    const below = own === undefined ? operands(node).map((operand) => stage.get(operand) as number) : [own];
    const application = own === undefined && node.kind === "application" ? 1 : 0;
    stage.set(node, Math.max(0, ...below) + application);
  }
  return stage;
}

/** The fused loop that computes `outputs`, loading what is `available` and computing the rest. */
export function elementwise(
  outputs: readonly Output[],
  available: ReadonlyMap<Real, Access>,
  width: number,
  over: Elementwise["over"] = "step",
): Elementwise {
  const inputs = new Map<Real, Access>();
  for (const node of topological(
    outputs.map((output) => output.value),
    (n) => available.has(n),
  )) {
    const access = available.get(node);
    if (access) inputs.set(node, access);
    else if (node.kind === "leaf" || node.kind === "application") {
      throw new Error(`compile: no value for ${node.kind === "leaf" ? node.name : `${node.operator}(…)`}`);
    }
  }
  return { kind: "elementwise", over, width, inputs, outputs };
}
