import type { Application, Real } from "../expr/node.ts";
import { topological } from "../expr/node.ts";
import type { Access, Buffer, Instruction, Output, Ref } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import { type Context, isTraining, type MatrixGroup, matrixGroup } from "./context.ts";
import { groupByOperand, type MapGroup } from "./equations.ts";
import { elementwise, stages } from "./stages.ts";

/** A matrix product of the step: which maps, on what, with which packed weights. */
export interface Product extends MapGroup, MatrixGroup {
  /** Where the operand's values are during the backward pass. */
  operandRef: Ref;
}

export interface ForwardPass {
  readonly instructions: readonly Instruction[];
  readonly products: readonly Product[];
  /** Forward values the backward pass can load. */
  readonly kept: ReadonlyMap<Real, Access>;
}

export interface ForwardRequest {
  readonly prefix: string;
  readonly units: number;
  readonly maps: readonly string[];
  /** The new states with the places they are stored in. */
  readonly next: readonly { readonly node: Real; readonly ref: Ref }[];
  /** Loadable from the start: bound leaves and previous states. */
  readonly available: ReadonlyMap<Real, Access>;
  /** Values to keep for the backward pass. */
  readonly keep: ReadonlySet<Real>;
}

export const matrix = (place: Ref): Access => ({ kind: "matrix", ref: place });

/** One step forward: elementwise loops between matrix products, in stages. */
export function forwardPass(context: Context, request: ForwardRequest): ForwardPass {
  const { prefix, units, maps, next, keep } = request;
  const roots = next.map(({ node }) => node);
  const stageOf = stages(roots, () => undefined);
  const available = new Map(request.available);
  const stored = new Map<Real, Ref>(next.map(({ node, ref: place }) => [node, place]));
  const outputs: Output[] = next.map(({ node, ref: place }) => ({ kind: "store", value: node, ref: place }));
  const store = (node: Real, name: string): Ref => {
    const known = stored.get(node);
    if (known) return known;
    const place = ref(stepBuffer(context, name, units, true));
    stored.set(node, place);
    outputs.push({ kind: "store", value: node, ref: place });
    return place;
  };

  const applications = topological(roots).filter((node): node is Application => node.kind === "application");
  const products = groupByOperand(applications, maps).map((group): Product => {
    const names = group.applications.map((node) => `${prefix}.${node.operator}`);
    const given = available.get(group.operand);
    const operandRef = given?.kind === "matrix" ? given.ref : store(group.operand, `${names.join("|")}.operand`);
    return { ...group, ...matrixGroup(context, names, { k: units, n: units, adjoint: true }), operandRef };
  });
  const results = products.map((product) => {
    const kept = product.applications.some((node) => keep.has(node));
    const { groups, groupStride } = product.shape;
    const buffer = stepBuffer(
      context,
      `${prefix}.${product.applications.map((a) => a.operator)}.product`,
      groups * groupStride,
      kept,
    );
    return product.applications.map((_, g) => ref(buffer, g * groupStride));
  });
  let count = 0;
  for (const node of keep) if (node.kind === "operation") store(node, `${prefix}.kept[${count++}]`);

  const instructions: Instruction[] = [];
  const kept = new Map<Real, Access>();
  const last = Math.max(...roots.map((node) => stageOf.get(node) as number));
  for (let stage = 0; stage <= last; stage++) {
    const now = outputs.filter(({ value }) => stageOf.get(value) === stage);
    if (now.length > 0) instructions.push(elementwise(now, available, units));
    for (const { value } of now) available.set(value, matrix(stored.get(value) as Ref));
    products.forEach((product, p) => {
      if (stageOf.get(product.applications[0]) !== stage + 1) return;
      const { packed, shape, operandRef } = product;
      const c = results[p][0];
      instructions.push({ kind: "gemm", over: "step", a: operandRef, packed, shape, transpose: false, c });
      for (const [g, node] of product.applications.entries()) available.set(node, matrix(results[p][g]));
    });
  }
  for (const [node, place] of stored) kept.set(node, matrix(place));
  products.forEach((product, p) => {
    for (const [g, node] of product.applications.entries()) if (keep.has(node)) kept.set(node, matrix(results[p][g]));
  });
  return { instructions, products, kept };
}

/** Values of one step: overwritten every step, or kept for the backward pass over the segment. */
export function stepBuffer(context: Context, name: string, width: number, keep: boolean): Buffer {
  const { rows, segment } = context.shape;
  const time = keep && isTraining(context) ? ({ time: "segment", times: segment } as const) : {};
  return context.allocator.allocate({ name, scope: "workspace", rows, width, ...time });
}
