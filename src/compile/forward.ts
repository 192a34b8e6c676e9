import type { Real } from "../expr/node.ts";
import type { Access, Buffer, Instruction, Output, Ref } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import { type Context, isTraining } from "./context.ts";
import { type OperatorKernel, operatorKernel } from "./kernels.ts";
import type { OperatorGroup } from "./operators.ts";
import { elementwise, stages } from "./stages.ts";

/** Operators of the step that run as one kernel, and where their operands and results are. */
export interface Product extends OperatorGroup {
  readonly kernel: OperatorKernel;
  /** Where the operands' values are, also during the backward pass. */
  readonly operandRefs: readonly Ref[];
  readonly resultRefs: readonly Ref[];
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
  readonly groups: readonly OperatorGroup[];
  /** The new states with the places they are stored in. */
  readonly next: readonly { readonly node: Real; readonly ref: Ref }[];
  /** Loadable from the start: bound leaves and previous states. */
  readonly available: ReadonlyMap<Real, Access>;
  /** Values to keep for the backward pass. */
  readonly keep: ReadonlySet<Real>;
}

export const matrix = (place: Ref): Access => ({ kind: "matrix", ref: place });

/** One step forward: elementwise loops between linear operators, in stages. */
export function forwardPass(context: Context, request: ForwardRequest): ForwardPass {
  const { prefix, units, next, keep } = request;
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

  const { products, results } = placeProducts(context, request, store);
  let count = 0;
  for (const node of keep) if (node.kind === "operation") store(node, `${prefix}.kept[${count++}]`);

  const instructions: Instruction[] = [];
  const kept = new Map<Real, Access>();
  const last = Math.max(...roots.map((node) => stageOf.get(node) as number));
  for (let stage = 0; stage <= last; stage++) {
    const now = outputs.filter(({ value }) => stageOf.get(value) === stage);
    if (now.length > 0) instructions.push(elementwise(now, available, units));
    for (const { value } of now) available.set(value, matrix(stored.get(value) as Ref));
    for (const product of products) {
      const read = product.results.filter((node) => node !== undefined);
      if (stageOf.get(read[0]) !== stage + 1) continue;
      instructions.push(product.kernel.forward(product.operandRefs, product.resultRefs));
      for (const node of read) available.set(node, matrix(results.get(node) as Ref));
    }
  }
  for (const [node, place] of stored) kept.set(node, matrix(place));
  const operands = new Set(products.flatMap((product) => product.operands));
  for (const [node, place] of results) if (keep.has(node) || operands.has(node)) kept.set(node, matrix(place));
  return { instructions, products, kept };
}

/** Gives every group its kernel and every result its place; an operand is where it is already, or is stored. */
function placeProducts(
  context: Context,
  { prefix, units, groups, available, keep }: ForwardRequest,
  store: (node: Real, name: string) => Ref,
): { products: readonly Product[]; results: ReadonlyMap<Real, Ref> } {
  const operands = new Set(groups.flatMap((group) => group.operands));
  const kernels = new Map<string, OperatorKernel>();
  const results = new Map<Real, Ref>();
  const placed = groups.map((group) => {
    const label = group.operators.map(({ name }) => `${prefix}.${name}`).join("|");
    // The same matrices on another vector share weights and gradients.
    const kernel = kernels.get(label) ?? operatorKernel(context, group, units, (name) => `${prefix}.${name}`);
    const application = kernels.has(label) ? `${label}[${results.size}]` : label;
    kernels.set(label, kernel);
    const isKept = group.results.some((node) => node !== undefined && (keep.has(node) || operands.has(node)));
    const buffer = stepBuffer(context, `${application}.product`, kernel.width, isKept);
    const resultRefs = kernel.columns.map((column) => ref(buffer, column));
    for (const [r, node] of group.results.entries()) if (node) results.set(node, resultRefs[r]);
    return { group, kernel, application, resultRefs };
  });
  const products = placed.map(({ group, kernel, application, resultRefs }): Product => {
    const operandRefs = group.operands.map((node, i) => {
      const given = available.get(node);
      if (given?.kind === "matrix") return given.ref;
      return results.get(node) ?? store(node, `${application}.operand${i > 0 ? `[${i}]` : ""}`);
    });
    return { ...group, kernel, operandRefs, resultRefs };
  });
  return { products, results };
}

/** Values of one step: overwritten every step, or kept for the backward pass over the segment. */
export function stepBuffer(context: Context, name: string, width: number, keep: boolean): Buffer {
  const { rows, segment } = context.shape;
  const time = keep && isTraining(context) ? ({ time: "segment", times: segment } as const) : {};
  return context.allocator.allocate({ name, scope: "workspace", rows, width, ...time });
}
