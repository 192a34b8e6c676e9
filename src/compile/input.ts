import { leaf, type Real } from "../expr/node.ts";
import { add, mul } from "../expr/ops.ts";
import type { Buffer, Gemm, Instruction, OuterProduct, Ref } from "../plan/plan.ts";
import { ref } from "./allocator.ts";
import {
  type Context,
  type LeafBinding,
  type MatrixGroup,
  partedMatrixGroup,
  sumInto,
  vectorWeight,
} from "./context.ts";
import type { CellEquations } from "./equations.ts";

/** What a layer reads at every step. */
export type LayerInput =
  /** One symbol per row: its projection is a row of the weight. */
  | { readonly kind: "symbols"; readonly index: Buffer; readonly classes: number }
  /** A few numbers per row: the projection is folded into the elementwise loop. */
  | { readonly kind: "features"; readonly values: Buffer; readonly features: number }
  /** A vector per row: the projection is one matrix product per chunk and part. */
  | { readonly kind: "matrix"; readonly parts: readonly InputPart[]; readonly features: number };

/** `features` numbers per row of an input; a complex state below has two such parts. `adjoint` receives ∂L/∂part. */
export interface InputPart {
  readonly values: Ref;
  readonly adjoint?: Buffer;
}

/** At most this many input features are projected inside the elementwise loop. */
export const maxFusedFeatures = 4;

/** The input projections x = U·x_t (+ bias) of a layer as expressions, and how their leaves are bound. */
export interface Projection {
  readonly expressions: ReadonlyMap<string, Real>;
  readonly bindings: readonly LeafBinding[];
  readonly matrix?: MatrixProjection;
}

/** A projection computed per chunk, whose storage is chosen once it is known whether the backward pass reads it. */
export interface MatrixProjection {
  readonly leaves: readonly Real[];
  /** Instructions before a chunk's steps; `place` is where the projections are written. */
  project(place: Buffer): readonly Instruction[];
  readonly width: number;
  readonly groupStride: number;
  /** Instructions after a chunk's backward steps, given the adjoints of all projections side by side. */
  adjoint(adjoints: Ref): readonly Instruction[];
}

export function projectInput(
  context: Context,
  prefix: string,
  cell: CellEquations,
  units: number,
  input: LayerInput,
): Projection {
  const names = cell.inputs.map(({ name }) => name);
  const weightName = (name: string) => `${prefix}.${name}.weight`;
  const bindings: LeafBinding[] = [];
  const bind = (name: string, binding: Omit<LeafBinding, "leaf">): Real => {
    const node = leaf(name);
    bindings.push({ leaf: node, ...binding });
    return node;
  };
  let projected: Map<string, Real>;
  let matrix: MatrixProjection | undefined;
  if (input.kind === "symbols") {
    const index = ref(input.index);
    projected = new Map(
      names.map((name) => {
        const { weight, shardGradient } = vectorWeight(context, weightName(name), input.classes, units);
        const node = bind(`${name}[symbol]`, {
          access: { kind: "gather", table: ref(weight), index },
          ...(shardGradient && {
            adjoint: (value: Real) => ({ kind: "scatter", value, table: ref(shardGradient), index }) as const,
          }),
        });
        return [name, node];
      }),
    );
  } else if (input.kind === "features") {
    const features = Array.from({ length: input.features }, (_, f) =>
      bind(`input[${f}]`, { access: { kind: "row", ref: ref(input.values, f) } }),
    );
    projected = new Map(
      names.map((name) => {
        const { weight, shardGradient } = vectorWeight(context, weightName(name), input.features, units);
        const terms = features.map((feature, f) =>
          mul(feature, bind(`${name}.U[${f}]`, vectorBinding(weight, shardGradient, f))),
        );
        return [name, terms.reduce((sum, term) => add(sum, term))];
      }),
    );
  } else {
    const { parts, features } = input;
    const adjoint = parts.every((part) => part.adjoint !== undefined);
    const groups = partedMatrixGroup(context, names.map(weightName), { k: features, n: units, adjoint }, parts.length);
    const leaves = names.map((name) => leaf(`U·${name}`));
    projected = new Map(names.map((name, i) => [name, leaves[i]]));
    matrix = matrixProjection(parts, groups, leaves);
  }
  const expressions = new Map<string, Real>();
  for (const { name, bias } of cell.inputs) {
    let expression = projected.get(name) as Real;
    if (bias) {
      const { weight, shardGradient } = vectorWeight(context, `${prefix}.${name}.bias`, 1, units);
      expression = add(expression, bind(`${name}.bias`, vectorBinding(weight, shardGradient)));
    }
    expressions.set(name, expression);
  }
  return { expressions, bindings, ...(matrix && { matrix }) };
}

/** Binds a row of a weight as a per-unit vector. */
export function vectorBinding(weight: Buffer, shardGradient?: Buffer, row = 0): Omit<LeafBinding, "leaf"> {
  return {
    access: { kind: "vector", ref: ref(weight, row * weight.stride) },
    ...(shardGradient && { adjoint: sumInto(shardGradient, row * shardGradient.stride) }),
  };
}

function matrixProjection(
  parts: readonly InputPart[],
  groups: readonly MatrixGroup[],
  leaves: readonly Real[],
): MatrixProjection {
  const { shape } = groups[0];
  const product = { kind: "gemm", over: "chunk", shape } as const;
  return {
    leaves,
    width: shape.groups * shape.groupStride,
    groupStride: shape.groupStride,
    project: (place) =>
      parts.map(({ values }, p): Gemm => {
        const { packed } = groups[p];
        return { ...product, a: values, packed, transpose: false, c: ref(place), ...(p > 0 && { accumulate: true }) };
      }),
    adjoint: (adjoints) =>
      parts.flatMap(({ values, adjoint }, p) => {
        const { shardGradient, packedTranspose } = groups[p];
        const instructions: Instruction[] = [];
        if (shardGradient) {
          const outer: OuterProduct = {
            kind: "outer",
            over: "chunk",
            a: values,
            b: adjoints,
            gradient: shardGradient,
            shape,
          };
          instructions.push(outer);
        }
        if (packedTranspose && adjoint) {
          instructions.push({ ...product, a: adjoints, packed: packedTranspose, transpose: true, c: ref(adjoint) });
        }
        return instructions;
      }),
  };
}
