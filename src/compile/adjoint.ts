import type { Real } from "../expr/node.ts";
import type { Access, Buffer, Instruction, Output, Ref } from "../plan/plan.ts";
import { AdjointSchedule } from "./adjoint-schedule.ts";
import { ref } from "./allocator.ts";
import { type AdjointEquations, adjointStages } from "./backward.ts";
import type { Context, LeafBinding } from "./context.ts";
import type { Product } from "./forward.ts";
import type { MatrixProjection } from "./input.ts";
import { elementwise } from "./stages.ts";

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
  const resultRefs = products.map(({ kernel }, g) => {
    const buffer = chunkBuffer(context, `${request.prefix}.adjoint[${g}]`, kernel.width);
    return kernel.columns.map((column) => ref(buffer, column));
  });
  const outputs = parameterOutputs(request);
  // The adjoint of a map's result that another map reads, and nothing else, is written by that map's kernel.
  const written = new Map<Real, Ref>();
  const operandLeaves = new Set(equations.operands.flat());
  const zeros: Instruction[] = [];
  equations.results.forEach((group, g) => {
    const { resultWidth } = products[g].kernel;
    group.forEach((value, i) => {
      const output: Output = { kind: "store", value, ref: resultRefs[g][i] };
      if (operandLeaves.has(value) && !written.has(value)) written.set(value, resultRefs[g][i]);
      // Between the two matrices of a low-rank map the loop over the units would be too wide.
      else if (resultWidth !== units) zeros.push(elementwise([output], new Map(), resultWidth));
      else outputs.push(output);
    });
  });
  const inputAdjoint = projectionAdjoint(context, request, resultRefs, outputs);

  const schedule = new AdjointSchedule(request, stageOf, outputs, resultRefs, written);
  const chunk = products.flatMap(({ operandRefs, kernel }, g): Instruction[] =>
    kernel.gradient ? [kernel.gradient(operandRefs, resultRefs[g])] : [],
  );
  if (request.projection && inputAdjoint) chunk.push(...request.projection.adjoint(inputAdjoint));
  return { step: [...zeros, ...schedule.instructions(context, units)], chunk };
}

function chunkBuffer(context: Context, name: string, width: number): Buffer {
  const { rows, chunk } = context.shape;
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
  results: readonly (readonly Ref[])[],
  outputs: Output[],
): Ref | undefined {
  const { projection, equations } = request;
  if (!projection) return undefined;
  const values = projection.leaves.map(
    (node) => equations.leaves.get(node) ?? ({ kind: "constant", value: 0 } as const),
  );
  const same = equations.results.findIndex(
    (g, p) =>
      g.length === values.length &&
      g.every((node, i) => node === values[i] && results[p][i].column === i * projection.groupStride),
  );
  if (same >= 0) return results[same][0];
  const buffer = chunkBuffer(context, `${request.prefix}.inputAdjoint`, projection.width);
  values.forEach((value, i) => {
    outputs.push({ kind: "store", value, ref: ref(buffer, i * projection.groupStride) });
  });
  return ref(buffer);
}
