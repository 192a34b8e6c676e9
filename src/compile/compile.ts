import type { Buffer, Plan, StateBuffers, Target } from "../plan/plan.ts";
import { Allocator, ref } from "./allocator.ts";
import type { Context, WeightBinding } from "./context.ts";
import { compileHead, type HeadRequest } from "./head.ts";
import { type LayerInput, maxFusedFeatures } from "./input.ts";
import { type CompiledLayer, compileLayer, type LayerRequest } from "./layer.ts";
import { planShape } from "./shape.ts";

export interface CompileRequest {
  readonly input:
    | { readonly kind: "symbols"; readonly classes: number }
    | { readonly kind: "dense"; readonly features: number };
  readonly layers: readonly LayerRequest[];
  readonly head: HeadRequest;
  readonly length: number;
  readonly batch: number;
  readonly mode: "train" | "infer";
  /** Sequences of different lengths: a mask says which steps exist. */
  readonly masked?: boolean;
  /** Keep states only at segment starts and compute the rest again, for long sequences. */
  readonly checkpointing?: boolean;
  readonly target: Target;
}

/** A plan, and where its surroundings read and write. */
export interface CompiledModel {
  readonly plan: Plan;
  readonly weights: readonly WeightBinding[];
  /** int32 [length × rows] or float [length × rows × features], per shard. */
  readonly input: Buffer;
  readonly mask?: Buffer;
  readonly target: Buffer;
  /** Weight of each row (and step) in the loss. */
  readonly lossWeight: Buffer;
  readonly scale: Buffer;
  readonly sums: Buffer;
  readonly outputs: Buffer;
  readonly states: readonly StateBuffers[];
}

/** Compiles a model for one sequence length, batch size and target. Throws `UsageError` for impossible cells or sizes. */
export function compile(request: CompileRequest): CompiledModel {
  const { length, batch, mode, checkpointing = false, target } = request;
  const units = Math.max(...request.layers.map((layer) => layer.units));
  const shape = planShape({ length, batch, units, mode, checkpointing });
  const allocator = new Allocator(target);
  const context: Context = { allocator, shape, weights: [], packs: [], reductions: [], begin: [], end: [] };
  const { input, layerInput } = allocateInput(allocator, request, shape);
  const mask = request.masked
    ? allocator.allocate({
        name: "mask",
        scope: "shard",
        time: "sequence",
        times: length,
        rows: shape.rows,
        width: 1,
        padding: "tight",
      })
    : undefined;

  const layers: CompiledLayer[] = [];
  request.layers.forEach((layer, index) => {
    const below = layers[index - 1];
    const isTop = index === request.layers.length - 1;
    layers.push(
      compileLayer(context, layer, {
        index,
        input: below ? { kind: "matrix", parts: below.outputs, features: request.layers[index - 1].units } : layerInput,
        ...(mask && { mask }),
        outputEveryStep: !isTop || request.head.at === "every-step",
      }),
    );
  });
  const top = layers[layers.length - 1];
  const read = top.outputs.map(({ values, adjoint, carry }) => {
    const received = adjoint ?? carry;
    return { ref: values, ...(received && { adjoint: received }) };
  });
  const head = compileHead(context, request.head, read, request.layers[request.layers.length - 1].units);
  const states = layers.flatMap((layer) => layer.states);
  const plan: Plan = {
    shape,
    target,
    buffers: allocator.buffers,
    layout: allocator.layout,
    pack: context.packs,
    begin: context.begin,
    layers: layers.map((layer) => layer.program),
    head: head.program,
    end: context.end,
    states,
    reductions: context.reductions,
  };
  const { outputs, target: targets, weight, sums, scale } = head;
  return {
    plan,
    weights: context.weights,
    input,
    ...(mask && { mask }),
    target: targets,
    lossWeight: weight,
    scale,
    sums,
    outputs,
    states,
  };
}

function allocateInput(allocator: Allocator, { input, length }: CompileRequest, { rows }: { rows: number }) {
  const place = { name: "input", scope: "shard", time: "sequence", times: length, rows } as const;
  if (input.kind === "symbols") {
    const index = allocator.allocate({ ...place, width: 1, element: "int32", padding: "tight" });
    return { input: index, layerInput: { kind: "symbols", index, classes: input.classes } satisfies LayerInput };
  }
  const { features } = input;
  const values = allocator.allocate({ ...place, width: features, padding: "tight" });
  const layerInput: LayerInput =
    features <= maxFusedFeatures
      ? { kind: "features", values, features }
      : { kind: "matrix", parts: [{ values: ref(values) }], features };
  return { input: values, layerInput };
}
