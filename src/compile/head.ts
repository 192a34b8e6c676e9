import { leaf } from "../expr/node.ts";
import { add } from "../expr/ops.ts";
import type { Buffer, HeadProgram, Instruction, Ref } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import { type Context, isTraining, matrixGroup, vectorWeight } from "./context.ts";
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

/** Compiles the dense head and its loss: output = h @ V + c. `adjoint` receives ∂L/∂h. */
export function compileHead(
  context: Context,
  request: HeadRequest,
  input: { ref: Ref; units: number; adjoint?: Buffer },
): CompiledHead {
  const { allocator, shape } = context;
  const { size, at, loss } = request;
  const { rows, length, chunk } = shape;
  const training = isTraining(context);
  const group = matrixGroup(context, ["head.weight"], { k: input.units, n: size, adjoint: true });
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

  const product = { kind: "gemm", over, shape: group.shape } as const;
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
    { ...product, a: input.ref, packed: group.packed, transpose: false, c: ref(outputs) },
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
  if (!group.shardGradient || !group.packedTranspose || !bias.shardGradient || !input.adjoint) {
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
    { kind: "outer", over, a: input.ref, b: ref(adjoint), gradient: group.shardGradient, shape: group.shape },
    { ...product, a: ref(adjoint), packed: group.packedTranspose, transpose: true, c: ref(input.adjoint) },
  ];
  return { ...result, program: { at, forward, loss: { ...lossOf, adjoint: ref(adjoint) }, adjoint: backward } };
}
