import type { MapSlot } from "../cells/slots.ts";
import { operatorWeights } from "../compile/operators.ts";
import { UsageError } from "../errors.ts";
import type { DenseKernels, FloatArray } from "../linalg/kernels.ts";
import type { BoundStructure, Coordinates } from "../maps/structure.ts";
import type { BoundParametrization, Manifold } from "../parametrizations/parametrization.ts";
import type { RandomStream } from "../random/stream.ts";

/** A recurrent map of one size: where its free parameters θ start, and how its weights follow from them. */
export interface RecurrentMap {
  readonly structure: BoundStructure;
  /** Every weight with the part of the map's weights that it is. */
  readonly weights: readonly { readonly name: string; readonly at: number; readonly length: number }[];
  readonly weightCount: number;
  /** θ by its parts, one after another; a suffix "" stands for θ that is the weights themselves. */
  readonly parts: readonly { readonly suffix: string; readonly shape: readonly number[] }[];
  readonly manifold?: Manifold;
  initialize(random: RandomStream): Float64Array;
  bind(kernels: DenseKernels): BoundParametrization;
}

/** The map of a slot under `name` for `units`. Throws `UsageError` when structure, parametrization and size do not fit. */
export function recurrentMap(slot: MapSlot, name: string, units: number): RecurrentMap {
  const structure = slot.structure.bind(name, units);
  let weightCount = 0;
  const weights = structure.operators
    .filter((operator) => operator.kind !== "permutation")
    .map((operator) => {
      const length = operatorWeights(operator, units);
      const at = weightCount;
      weightCount += length;
      return { name: operator.name, at, length };
    });
  const common = { structure, weights, weightCount };
  const layout = structure.weights;
  if (layout.kind === "coordinates") {
    requireFree(slot);
    const { coordinates } = layout;
    const shape = [coordinates.parameterCount];
    return {
      ...common,
      parts: [{ suffix: coordinates.isIdentity ? "" : ".theta", shape }],
      initialize: (random) => coordinates.initialize(random),
      bind: () => boundCoordinates(coordinates),
    };
  }
  return { ...common, ...squareMatrices(slot, layout.count, layout.size) };
}

type FreeNumbers = Pick<RecurrentMap, "parts" | "manifold" | "initialize" | "bind">;

function squareMatrices(slot: MapSlot, count: number, size: number): FreeNumbers {
  const { parametrization, field } = slot;
  const each = parametrization.parameterCount(size);
  const entries = size * size * (field === "complex" ? 2 : 1);
  const { isIdentity = false } = parametrization;
  const matrixShape = [...(count > 1 ? [count] : []), ...(field === "complex" ? [2] : []), size, size];
  const manifold = parametrization.manifold?.(size);
  if (count > 1 && manifold !== undefined) {
    throw new UsageError(
      `The parametrization "${parametrization.name}" keeps one matrix on a manifold and does not take the ${count} blocks ` +
        `of a ${slot.structure.name} map; take "scaled-cayley" or "exponential" for orthogonal blocks.`,
    );
  }
  const named = count === 1 ? parametrization.parts?.(size) : undefined;
  const parts = named
    ? Object.entries(named).map(([part, length]) => ({ suffix: `.${part}`, shape: [length] }))
    : [{ suffix: isIdentity ? "" : ".theta", shape: isIdentity ? matrixShape : [count * each] }];
  return {
    parts,
    ...(manifold && { manifold }),
    initialize(random) {
      const theta = new Float64Array(count * each);
      for (let b = 0; b < count; b++) theta.set(parametrization.initialize(size, random), b * each);
      return theta;
    },
    bind(kernels) {
      const bound = Array.from({ length: count }, () => parametrization.bind(size, kernels));
      return count === 1 ? bound[0] : sideBySide(bound, each, entries);
    },
  };
}

/** One parametrization per block, θ and weights of the blocks one after another. */
function sideBySide(blocks: readonly BoundParametrization[], each: number, entries: number): BoundParametrization {
  const theta = (all: FloatArray, b: number) => all.subarray(b * each, (b + 1) * each);
  const weight = (all: FloatArray, b: number) => all.subarray(b * entries, (b + 1) * entries);
  const buffers = blocks.flatMap((block, b) =>
    Object.entries(block.buffers ?? {}).map(([name, values]) => [`${name}[${b}]`, values] as const),
  );
  return {
    materialize(all, weights) {
      for (const [b, block] of blocks.entries()) block.materialize(theta(all, b), weight(weights, b));
    },
    pullback(weightGradient, thetaGradient) {
      for (const [b, block] of blocks.entries()) block.pullback(weight(weightGradient, b), theta(thetaGradient, b));
    },
    buffers: Object.fromEntries(buffers),
    updated(all) {
      for (const [b, block] of blocks.entries()) block.updated?.(theta(all, b));
    },
    penalty: (thetaGradient) =>
      blocks.reduce((sum, block, b) => sum + (block.penalty?.(theta(thetaGradient, b)) ?? 0), 0),
  };
}

function boundCoordinates(coordinates: Coordinates): BoundParametrization {
  return {
    materialize: (theta, weights) => coordinates.materialize(theta, weights),
    pullback: (weightGradient, thetaGradient) => coordinates.pullback(weightGradient, thetaGradient),
    ...(coordinates.penalty && { penalty: (thetaGradient) => coordinates.penalty?.(thetaGradient) ?? 0 }),
  };
}

function requireFree({ structure, parametrization }: MapSlot): void {
  if (parametrization.isIdentity && !parametrization.manifold) return;
  throw new UsageError(
    `The structure "${structure.name}" has weights of its own kind, not square matrices that "${parametrization.name}" could ` +
      "make; leave the parametrization free, or take the structure dense, block-diagonal or permuted-block.",
  );
}
