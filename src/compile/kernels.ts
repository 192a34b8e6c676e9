import { scratchFloats } from "../plan/memory.ts";
import type { Buffer, FactorChain, Instruction, Permute, Ref } from "../plan/plan.ts";
import { roundUp } from "./allocator.ts";
import { bindWeight, type Context, isTraining, matrixGroup } from "./context.ts";
import type { Operator, OperatorGroup } from "./operators.ts";

/** How a group of operators runs: as an instruction forward, one backward, and one that collects its weight gradient. */
export interface OperatorKernel {
  /** Columns of the buffer that its results share, and where each result begins. */
  readonly width: number;
  readonly columns: readonly number[];
  /** Numbers of each operand, and of each result. */
  readonly operandWidth: number;
  readonly resultWidth: number;
  forward(operands: readonly Ref[], results: readonly Ref[]): Instruction;
  /** From the adjoints of the results to those of the operands, whose values are there again. */
  adjoint(results: readonly Ref[], operands: readonly Ref[], values: readonly Ref[]): Instruction;
  /** Over a chunk, from operands and adjoints of the results; without it `adjoint` collects the gradient itself. */
  readonly gradient?: (operands: readonly Ref[], results: readonly Ref[]) => Instruction;
}

/** The kernel of a group. `weightName` turns an operator's name into that of its weight; `units` is the cell's width. */
export function operatorKernel(
  context: Context,
  { operators }: OperatorGroup,
  units: number,
  weightName: (name: string) => string,
): OperatorKernel {
  const [operator] = operators;
  switch (operator.kind) {
    case "matrix":
      return matrixKernel(
        context,
        operators.map(({ name }) => weightName(name)),
        operator,
      );
    case "permutation":
      return permutationKernel(operator.index);
    case "factored":
      return factoredKernel(context, weightName(operator.name), operator.chain, units);
    case "vector":
      throw new Error(`compile: ${operator.name} is elementwise`);
  }
}

function matrixKernel(
  context: Context,
  names: readonly string[],
  { inputs, outputs, blocks }: Extract<Operator, { kind: "matrix" }>,
): OperatorKernel {
  const { shape, packed, packedTranspose, shardGradient } = matrixGroup(context, names, {
    k: inputs,
    n: outputs,
    blocks,
    adjoint: true,
  });
  const product = { kind: "gemm", over: "step", shape } as const;
  return {
    width: shape.groups * shape.groupStride,
    columns: names.map((_, g) => g * shape.groupStride),
    operandWidth: inputs,
    resultWidth: outputs,
    forward: ([a], [c]) => ({ ...product, a, packed, transpose: false, c }),
    adjoint: ([a], [c]) => ({ ...product, a, packed: packedTranspose as Buffer, transpose: true, c }),
    gradient: ([a], [b]) => ({ kind: "outer", over: "chunk", a, b, gradient: shardGradient as Buffer, shape }),
  };
}

function permutationKernel(index: Int32Array): OperatorKernel {
  const inverse = new Int32Array(index.length);
  for (const [j, i] of index.entries()) inverse[i] = j;
  const move = (a: Ref, c: Ref, by: Int32Array): Permute => ({ kind: "permute", over: "step", a, c, index: by });
  return {
    width: index.length,
    columns: [0],
    operandWidth: index.length,
    resultWidth: index.length,
    forward: ([a], [c]) => move(a, c, index),
    adjoint: ([b], [c]) => move(b, c, inverse),
  };
}

function factoredKernel(context: Context, name: string, chain: FactorChain, units: number): OperatorKernel {
  const { allocator, shape } = context;
  const { lanes } = allocator.target;
  const parts = chain.field === "complex" ? 2 : 1;
  const tight = { rows: 1, width: chain.weightCount, padding: "tight" } as const;
  const weights = allocator.allocate({ name, scope: "shared", ...tight });
  const gradient = isTraining(context)
    ? allocator.allocate({ name: `${name}.shardGradient`, scope: "shard", ...tight })
    : undefined;
  bindWeight(context, name, weights, gradient && [{ firstRow: 0, shardGradient: gradient, column: 0 }]);
  const scratch = allocator.allocate({
    name: `${name}.scratch`,
    scope: "workspace",
    rows: 1,
    width: scratchFloats(chain, roundUp(shape.rows, lanes)),
    padding: "tight",
  });
  const stride = roundUp(units, lanes);
  const common = { over: "step", chain, weights, scratch } as const;
  return {
    width: parts * stride,
    columns: Array.from({ length: parts }, (_, p) => p * stride),
    operandWidth: units,
    resultWidth: units,
    forward: (a, c) => ({ ...common, kind: "factored", a, c }),
    adjoint: (b, c, a) => ({ ...common, kind: "factored-adjoint", a, b, c, gradient: gradient as Buffer }),
  };
}
