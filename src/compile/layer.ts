import { leaf, type Real } from "../expr/node.ts";
import { add, greater, select } from "../expr/ops.ts";
import { share } from "../expr/share.ts";
import type { Access, Buffer, LayerProgram, StateBuffers } from "../plan/plan.ts";
import { adjointPass } from "./adjoint.ts";
import { ref } from "./allocator.ts";
import { adjointEquations, adjointRoots, forwardValues, graphOf, mapEquations } from "./backward.ts";
import { type Context, isTraining, type LeafBinding, vectorWeight } from "./context.ts";
import { type CellEquations, trace } from "./equations.ts";
import { type ForwardPass, forwardPass, matrix } from "./forward.ts";
import { hoist } from "./hoist.ts";
import { type InputPart, type LayerInput, type Projection, projectInput, vectorBinding } from "./input.ts";
import { groupApplications } from "./operators.ts";
import { valuesToKeep } from "./recompute.ts";
import { layerStates } from "./state.ts";

export type InitialState = "zero" | "learned" | "given";

export interface LayerRequest {
  readonly equations: CellEquations;
  readonly units: number;
  readonly initialState: InitialState;
}

export interface CompiledLayer {
  readonly program: LayerProgram;
  readonly states: readonly StateBuffers[];
  /** The output states after a step, as the layer above and the head read them. */
  readonly outputs: readonly LayerOutput[];
}

/**
 * One state that is read from outside; `adjoint` is its adjoint at every step of a chunk, which the layer above or an
 * every-step head writes.
 */
export interface LayerOutput extends InputPart {
  /** Its adjoint as carried backwards: what a last-step head writes. */
  readonly carry?: Buffer;
}

export interface LayerSurroundings {
  readonly index: number;
  readonly input: LayerInput;
  readonly mask?: Buffer;
  /** Is the output read at every step (by a layer above or the head), or only at the last? */
  readonly outputEveryStep: boolean;
}

/** Compiles one recurrent layer: its input projection, its steps forward and backward, its weight gradients. */
export function compileLayer(context: Context, request: LayerRequest, surroundings: LayerSurroundings): CompiledLayer {
  const { equations: cell, units } = request;
  const prefix = `layers.${surroundings.index}`;
  const projection = projectInput(context, prefix, cell, units, surroundings.input);
  const symbols = trace(cell, projection.expressions, units);
  const bindings = [...projection.bindings];
  for (const [name, node] of symbols.vectors) {
    const { weight, shardGradient } = vectorWeight(context, `${prefix}.${name}`, 1, units);
    bindings.push({ leaf: node, ...vectorBinding(weight, shardGradient) });
  }
  const states = layerStates(context, prefix, request, surroundings.index);
  const unmasked = [...symbols.next.values()];
  const previous = [...symbols.states.values()];
  const masked = maskStates(unmasked, previous, surroundings.mask, bindings);
  const unhoisted = share(masked);
  const hoisted = hoist(
    context,
    prefix,
    units,
    masked.map((node) => unhoisted.get(node) as Real),
    bindings,
  );
  bindings.push(...hoisted.bindings);
  const next = hoisted.roots.map((node, s) => ({ node, ref: ref(states.buffers[s].sequence, 0, 1) }));
  const available = new Map<Real, Access>(bindings.map(({ leaf: node, access }) => [node, access]));
  for (const [s, node] of previous.entries()) available.set(node, matrix(ref(states.buffers[s].sequence)));

  const outputIndices = cell.output.map((name) => cell.states.indexOf(name));
  const roots = next.map(({ node }) => node);
  const groups = groupApplications(roots, symbols.operators);
  const forward = (keep: ReadonlySet<Real>, place: ReadonlyMap<Real, Access>): ForwardPass =>
    forwardPass(context, { prefix, units, groups, next, available: new Map([...available, ...place]), keep });
  if (!isTraining(context)) {
    const [place, project] = placeProjection(context, prefix, projection, false);
    const { instructions } = forward(new Set(), place);
    const program = {
      name: `${cell.name}[${surroundings.index}]`,
      project,
      step: instructions,
      stepAdjoint: [],
      projectAdjoint: [],
    };
    return { program, states: states.buffers, outputs: outputIndices.map((s) => ({ values: next[s].ref })) };
  }

  const { rows, chunk } = context.shape;
  const outputAdjoints = new Map(
    (surroundings.outputEveryStep ? outputIndices : []).map((s) => {
      const name = `${prefix}.${cell.states[s]}.outputAdjoint`;
      const place = { scope: "workspace", time: "chunk", times: chunk, rows, width: units } as const;
      return [s, { leaf: leaf(`∂${cell.states[s]}`), buffer: context.allocator.allocate({ name, ...place }) }];
    }),
  );
  const carries = states.carries.map((buffer, s) => ({ leaf: leaf(`∂${cell.states[s]}′`), buffer }));
  const forwardNodes = graphOf(roots);
  const derived = adjointEquations(
    next.map(({ node }, s) => {
      const carried = carries[s].leaf;
      const received = outputAdjoints.get(s);
      return { state: previous[s], node, adjoint: received ? add(carried, received.leaf) : carried };
    }),
    groups,
  );
  const adjoints = mapEquations(derived, share([...roots, ...adjointRoots(derived)]));

  const needed = forwardValues(adjointRoots(adjoints), forwardNodes);
  const operandNodes = new Set(groups.flatMap(({ operands }) => operands));
  const projected = new Set(projection.matrix?.leaves);
  const isFree = (node: Real) => available.has(node) || roots.includes(node) || operandNodes.has(node);
  const keep = valuesToKeep(needed, isFree);
  const isProjectionKept = [...projected].some((node) => keep.has(node) || operandNodes.has(node));
  const [place, project] = placeProjection(context, prefix, projection, isProjectionKept);
  const pass = forward(keep, place);

  const known = new Map<Real, Access>([...pass.kept, ...available]);
  if (isProjectionKept) for (const [node, access] of place) known.set(node, access);
  for (const carry of carries) known.set(carry.leaf, matrix(ref(carry.buffer)));
  for (const { leaf: node, buffer } of outputAdjoints.values()) known.set(node, matrix(ref(buffer)));
  const backward = adjointPass(context, {
    prefix,
    units,
    equations: adjoints,
    forward: forwardNodes,
    available: known,
    products: pass.products,
    bindings,
    ...(projection.matrix && { projection: projection.matrix }),
    carries,
  });
  const program: LayerProgram = {
    name: `${cell.name}[${surroundings.index}]`,
    project,
    step: pass.instructions,
    stepAdjoint: backward.step,
    projectAdjoint: backward.chunk,
  };
  const outputs = outputIndices.map((s): LayerOutput => {
    const adjoint = outputAdjoints.get(s)?.buffer;
    return { values: next[s].ref, carry: states.carries[s], ...(adjoint && { adjoint }) };
  });
  return { program, states: states.buffers, outputs };
}

/** Where a step is masked out, the states stay what they were. */
function maskStates(
  next: readonly Real[],
  previous: readonly Real[],
  mask: Buffer | undefined,
  bindings: LeafBinding[],
): Real[] {
  if (!mask) return [...next];
  const present = leaf("mask");
  bindings.push({ leaf: present, access: { kind: "row", ref: ref(mask) } });
  return next.map((node, s) => select(greater(present, 0), node, previous[s]));
}

/** Storage of a chunk's input projections: over the whole segment when the backward pass reads them. */
function placeProjection(context: Context, prefix: string, projection: Projection, kept: boolean) {
  const { matrix: product } = projection;
  const place = new Map<Real, Access>();
  if (!product) return [place, []] as const;
  const { rows, chunk, segment } = context.shape;
  const time = kept ? ({ time: "segment", times: segment } as const) : ({ time: "chunk", times: chunk } as const);
  const buffer = context.allocator.allocate({
    name: `${prefix}.projection`,
    scope: "workspace",
    rows,
    width: product.width,
    ...time,
  });
  for (const [i, node] of product.leaves.entries()) place.set(node, matrix(ref(buffer, i * product.groupStride)));
  return [place, product.project(buffer)] as const;
}
