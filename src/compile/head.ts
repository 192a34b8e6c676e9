import { leaf } from "../expr/node.ts";
import { add } from "../expr/ops.ts";
import type { Buffer, HeadProgram, Instruction, Ref } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import { type Context, isTraining, partedMatrixGroup, vectorWeight } from "./context.ts";
import { elementwise } from "./stages.ts";

export interface HeadRequest {
  readonly loss: "cross-entropy" | "mean-squared-error";
  readonly size: number;
  readonly at: "every-step" | "last-step";
}

export interface CompiledHead {
  readonly program: HeadProgram;
  /** Outputs before the softmax: [length × rows × size] or [rows × size] per shard when inferring. */
  readonly outputs: Buffer;
  readonly target: Buffer;
  readonly weight: Buffer;
  readonly sums: Buffer;
  readonly scale: Buffer;
}

/** A part of what the head reads, `units` wide; `adjoint` receives ∂L/∂part. */
export interface HeadInput {
  readonly ref: Ref;
  readonly adjoint?: Buffer;
}

/** Compiles the dense head and its loss: output = h @ V + c, h one vector or the two parts of a complex one side by side. */
export function compileHead(
  context: Context,
  request: HeadRequest,
  inputs: readonly HeadInput[],
  units: number,
): CompiledHead {
  const { allocator, shape } = context;
  const { size, at, loss } = request;
  const { rows, length, chunk } = shape;
  const training = isTraining(context);
  const groups = partedMatrixGroup(context, ["head.weight"], { k: units, n: size, adjoint: true }, inputs.length);
  const bias = vectorWeight(context, "head.bias", 1, size);
  const everyStep = at === "every-step";
  const over = everyStep ? "chunk" : "step";
  const steps = everyStep ? ({ time: "sequence", times: length } as const) : {};
  const perChunk = everyStep ? ({ time: "chunk", times: chunk } as const) : {};
  const outputs = training
    ? allocator.allocate({ name: "head.output", scope: "workspace", rows, width: size, ...perChunk })
    : allocator.allocate({ name: "head.output", scope: "shard", rows, width: size, ...steps });
  const target =
    loss === "cross-entropy"
      ? allocator.allocate({
          name: "target",
          scope: "shard",
          rows,
          width: 1,
          element: "int32",
          padding: "tight",
          ...steps,
        })
      : allocator.allocate({ name: "target", scope: "shard", rows, width: size, padding: "tight", ...steps });
  const weight = allocator.allocate({
    name: "loss.weight",
    scope: "shard",
    rows,
    width: 1,
    padding: "tight",
    ...steps,
  });
  const sums = allocator.allocate({
    name: "loss.sums",
    scope: "shard",
    rows: 1,
    width: 3,
    element: "float64",
    padding: "tight",
  });
  const scale = allocator.allocate({ name: "loss.scale", scope: "shared", rows: 1, width: 1, padding: "tight" });

  const product = { kind: "gemm", over, shape: groups[0].shape } as const;
  const logit = leaf("output");
  const offset = leaf("bias");
  const addBias = elementwise(
    [{ kind: "store", value: add(logit, offset), ref: ref(outputs) }],
    new Map([
      [logit, { kind: "matrix", ref: ref(outputs) }],
      [offset, { kind: "vector", ref: ref(bias.weight) }],
    ]),
    size,
    over,
  );
  const forward: Instruction[] = [
    ...inputs.map(({ ref: a }, p): Instruction => {
      const { packed } = groups[p];
      return { ...product, a, packed, transpose: false, c: ref(outputs), ...(p > 0 && { accumulate: true }) };
    }),
    addBias,
  ];
  const lossOf = {
    kind: "loss",
    over,
    loss,
    size,
    output: ref(outputs),
    target: ref(target),
    weight: ref(weight),
    sums,
    scale,
  } as const;
  const result = { outputs, target, weight, sums, scale };
  if (!training || !bias.shardGradient) {
    return { ...result, program: { at, forward, loss: lossOf, adjoint: [] } };
  }

  const adjoint = allocator.allocate({ name: "head.adjoint", scope: "workspace", rows, width: size, ...perChunk });
  const received = leaf("∂output");
  const biasSum = elementwise(
    [{ kind: "sum", value: received, ref: ref(bias.shardGradient) }],
    new Map([[received, { kind: "matrix", ref: ref(adjoint) }]]),
    size,
    over,
  );
  const backward: Instruction[] = [
    biasSum,
    ...inputs.flatMap(({ ref: a, adjoint: received }, p): Instruction[] => {
      const { shape: gemm, shardGradient, packedTranspose } = groups[p];
      if (!shardGradient || !packedTranspose || !received)
        throw new Error("compile: a head to train needs its adjoints");
      return [
        { kind: "outer", over, a, b: ref(adjoint), gradient: shardGradient, shape: gemm },
        { ...product, a: ref(adjoint), packed: packedTranspose, transpose: true, c: ref(received) },
      ];
    }),
  ];
  return { ...result, program: { at, forward, loss: { ...lossOf, adjoint: ref(adjoint) }, adjoint: backward } };
}
