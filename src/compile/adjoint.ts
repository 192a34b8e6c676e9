import type { Real } from "../expr/node.ts";
import type { Access, Buffer, Instruction, Output, Ref } from "../plan/plan.ts";
import { AdjointSchedule } from "./adjoint-schedule.ts";
import { ref } from "./allocator.ts";
import { type AdjointEquations, adjointStages } from "./backward.ts";
import type { Context, LeafBinding } from "./context.ts";
import type { Product } from "./forward.ts";
import type { MatrixProjection } from "./input.ts";

export interface AdjointRequest {
  readonly prefix: string;
  readonly units: number;
  readonly equations: AdjointEquations;
  /** Nodes of the forward step: known, whatever they cost. */
  readonly forward: ReadonlySet<Real>;
  /** Everything loadable when a step's backward pass begins, adjoints of the new states included. */
  readonly available: ReadonlyMap<Real, Access>;
  readonly products: readonly Product[];
  readonly bindings: readonly LeafBinding[];
  readonly projection?: MatrixProjection;
  /** Per state: the leaf of the adjoint that is carried backwards, and its buffer. */
  readonly carries: readonly { readonly leaf: Real; readonly buffer: Buffer }[];
}

export interface AdjointPass {
  readonly step: readonly Instruction[];
  readonly chunk: readonly Instruction[];
}

/** One step backward, and the products over a chunk that follow: weight gradients and the adjoint of the input. */
export function adjointPass(context: Context, request: AdjointRequest): AdjointPass {
  const { equations, products, units } = request;
  const stageOf = adjointStages(equations, request.forward);
  const resultRefs = products.map((product, g) =>
    chunkBuffer(context, `${request.prefix}.adjoint[${g}]`, product.shape),
  );
  const outputs = parameterOutputs(request);
  equations.results.forEach((group, g) => {
    const { groupStride } = products[g].shape;
    group.forEach((value, i) => {
      outputs.push({ kind: "store", value, ref: ref(resultRefs[g], i * groupStride) });
    });
  });
  const inputAdjoint = projectionAdjoint(context, request, resultRefs, outputs);

  const schedule = new AdjointSchedule(request, stageOf, outputs, resultRefs);
  const chunk = products.map(({ operandRef, shardGradient, shape }, g): Instruction => {
    return {
      kind: "outer",
      over: "chunk",
      a: operandRef,
      b: ref(resultRefs[g]),
      gradient: shardGradient as Buffer,
      shape,
    };
  });
  if (request.projection && inputAdjoint) chunk.push(...request.projection.adjoint(inputAdjoint));
  return { step: schedule.instructions(context, units), chunk };
}

function chunkBuffer(context: Context, name: string, shape: { groups: number; groupStride: number }): Buffer {
  const { rows, chunk } = context.shape;
  const width = shape.groups * shape.groupStride;
  return context.allocator.allocate({ name, scope: "workspace", time: "chunk", times: chunk, rows, width });
}

function parameterOutputs({ bindings, equations }: AdjointRequest): Output[] {
  return bindings.flatMap(({ leaf, adjoint }) => {
    const value = equations.leaves.get(leaf);
    return adjoint && value ? [adjoint(value)] : [];
  });
}

/** Where the adjoints of the input projections stand: those of a product when they are the same values. */
function projectionAdjoint(
  context: Context,
  request: AdjointRequest,
  results: readonly Buffer[],
  outputs: Output[],
): Ref | undefined {
  const { projection, equations } = request;
  if (!projection) return undefined;
  const values = projection.leaves.map(
    (node) => equations.leaves.get(node) ?? ({ kind: "constant", value: 0 } as const),
  );
  const same = equations.results.findIndex(
    (g) => g.length === values.length && g.every((node, i) => node === values[i]),
  );
  if (same >= 0) return ref(results[same]);
  const buffer = chunkBuffer(context, `${request.prefix}.inputAdjoint`, { groups: 1, groupStride: projection.width });
  values.forEach((value, i) => {
    outputs.push({ kind: "store", value, ref: ref(buffer, i * projection.groupStride) });
  });
  return ref(buffer);
}
