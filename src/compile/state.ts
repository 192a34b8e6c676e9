import { constant, leaf } from "../expr/node.ts";
import type { Buffer, Output, StateBuffers } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import { type Context, isTraining, vectorWeight } from "./context.ts";
import type { LayerRequest } from "./layer.ts";
import { elementwise } from "./stages.ts";

/** The states of a layer over time, and the adjoints carried backwards between steps. */
export interface LayerStates {
  readonly buffers: readonly StateBuffers[];
  /** Empty when inferring. */
  readonly carries: readonly Buffer[];
}

/** Allocates a layer's states and adds their initialisation (and, for learned ones, their gradient) to the plan. */
export function layerStates(context: Context, prefix: string, request: LayerRequest, layer: number): LayerStates {
  const { allocator, shape } = context;
  const { rows, length, segment } = shape;
  const { units, initialState, equations } = request;
  const segments = Math.ceil(length / segment);
  const carries: Buffer[] = [];
  const buffers = equations.states.map((state): StateBuffers => {
    const name = `${prefix}.${state}`;
    const allocate = (suffix: string, scope: Buffer["scope"], time: Buffer["time"], times: number): Buffer =>
      allocator.allocate({ name: `${name}${suffix}`, scope, rows, width: units, time, times });
    const sequence = allocate("", "workspace", "segment", segment + 1);
    const stateIn = allocate(".in", "shard", "once", 1);
    const stateOut = allocate(".out", "shard", "once", 1);
    const learned = initialState === "learned" ? vectorWeight(context, `${name}.initial`, 1, units) : undefined;
    const initial = leaf("initial state");
    const zero = constant(0);
    const set = (buffer: Buffer, value: Output["value"]): Output => ({ kind: "store", value, ref: ref(buffer) });
    if (initialState === "zero") context.begin.push(elementwise([set(sequence, zero)], new Map(), units));
    else {
      const access = learned
        ? ({ kind: "vector", ref: ref(learned.weight) } as const)
        : ({ kind: "matrix", ref: ref(stateIn) } as const);
      context.begin.push(elementwise([set(sequence, initial)], new Map([[initial, access]]), units));
    }
    if (!isTraining(context)) return { name, layer, sequence, stateIn, stateOut };

    const carry = allocate(".adjoint", "workspace", "once", 1);
    carries.push(carry);
    context.begin.push(elementwise([set(carry, zero)], new Map(), units));
    if (learned?.shardGradient) {
      const sum: Output = { kind: "sum", value: initial, ref: ref(learned.shardGradient) };
      context.end.push(elementwise([sum], new Map([[initial, { kind: "matrix", ref: ref(carry) }]]), units));
    }
    const kept = { name, layer, sequence, stateIn, stateOut };
    return segments > 1 ? { ...kept, checkpoints: allocate(".checkpoints", "workspace", "once", segments) } : kept;
  });
  return { buffers, carries };
}
