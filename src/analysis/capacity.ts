import type { MapSlot } from "../cells/slots.ts";
import { UsageError } from "../errors.ts";
import { denseKernels } from "../linalg/dense.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { numericalRank } from "../linalg/rank.ts";
import { complexDense, dense } from "../maps/dense.ts";
import { toMatrix } from "../maps/to-matrix.ts";
import { type RecurrentMap, recurrentMap } from "../nn/recurrent-map.ts";
import type { Parametrization } from "../parametrizations/parametrization.ts";
import { randomStream } from "../random/stream.ts";
import { tangentBasis } from "./tangent-basis.ts";

/** How much of its group of matrices a parametrized recurrent map can reach. */
export interface Capacity {
  /** Free real numbers; of a map whose θ lies on a manifold, the manifold's dimension. */
  readonly parameters: number;
  /** Real dimension of the group: n² for U(n), n(n−1)/2 for O(n), n² and 2n² for all real and complex matrices. */
  readonly dimension: number;
  /** Largest numerical rank of ∂W/∂θ over the points: the dimension of the set of matrices it reaches. */
  readonly rank: number;
  /** rank < dimension: almost no matrix of the group is reached. */
  readonly restricted: boolean;
  readonly group: "O(n)" | "U(n)" | "GL(n, R)" | "GL(n, C)";
  /** σ_rank / σ_{rank+1} where the rank was cut; large when there is no doubt. Infinity at full column rank. */
  readonly gap: number;
}

export interface CapacityOptions {
  /** Random θ at which the rank is taken. Default 3. */
  readonly points?: number;
  readonly seed?: number;
}

/**
 * Parameters against dimension and rank of W(θ) for a parametrization of n × n matrices. A map of P parameters whose
 * differential has rank r everywhere covers a set of dimension r: below the dimension of the group that is a null set (Sard),
 * the argument by which Wisdom et al., "Full-Capacity Unitary Recurrent Neural Networks" (2016, section 3) find 7n parameters
 * too few for n > 7. The rank counts what parameters say twice, which their number does not.
 *
 * The differential is taken by central differences in float64; its rank is the number of singular values above 1e-6·σ₁.
 * Throws `UsageError` for sizes the map cannot have.
 */
export function capacity(parametrization: Parametrization, n: number, options: CapacityOptions = {}): Capacity {
  const { field } = parametrization.properties;
  return mapCapacity({ field, structure: field === "complex" ? complexDense() : dense(), parametrization }, n, options);
}

/** The same for the recurrent map of a cell, whatever its structure. */
export function mapCapacity(slot: MapSlot, n: number, { points = 3, seed = 0 }: CapacityOptions = {}): Capacity {
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`units is ${n}; expected a whole number of at least 1.`);
  const map = recurrentMap(slot, "W", n);
  const { group, dimension } = groupOf(slot, map, n);
  let best = { rank: -1, gap: Number.POSITIVE_INFINITY };
  let parameters = 0;
  for (let point = 0; point < points; point++) {
    const { matrix, rows, columns } = differential(slot, map, n, seed + point);
    parameters = columns;
    const { rank, gap } = rankOf(matrix, rows, columns);
    if (rank > best.rank) best = { rank, gap };
  }
  return { parameters, dimension, rank: best.rank, restricted: best.rank < dimension, group, gap: best.gap };
}

function rankOf(matrix: Float64Array, rows: number, columns: number): { rank: number; gap: number } {
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (columns === 0 || largest === 0) return { rank: 0, gap: Number.POSITIVE_INFINITY };
  const scale = numericalRank(matrix, rows, columns).singularValues[0];
  return numericalRank(matrix, rows, columns, { tolerance: RELATIVE * scale });
}

/** ∂W/∂θ at a random point, [numbers of W × parameters]. */
function differential({ field }: MapSlot, map: RecurrentMap, n: number, seed: number) {
  const random = randomStream(seed, "capacity");
  const theta = map.initialize(random);
  const bound = map.bind(denseKernels);
  const weights = new Float64Array(map.weightCount);
  const matrixAt = (at: Float64Array): FloatArray => {
    bound.materialize(at, weights);
    return toMatrix(map.structure, n, field, weights);
  };
  // Initial draws may be special points, such as block-diagonal ones; on a manifold they are as good as any.
  if (!map.manifold) for (let i = 0; i < theta.length; i++) theta[i] += 0.5 * random.normal();
  const directions = map.manifold ? tangentBasis(theta, map.manifold) : undefined;
  const columns = directions?.length ?? theta.length;
  const rows = n * n * (field === "complex" ? 2 : 1);
  const matrix = new Float64Array(rows * columns);
  for (let p = 0; p < columns; p++) {
    const moved = (by: number) =>
      theta.map((value, i) => value + by * (directions ? directions[p][i] : i === p ? 1 : 0));
    const above = matrixAt(moved(STEP));
    const below = matrixAt(moved(-STEP));
    for (let i = 0; i < rows; i++) matrix[i * columns + p] = (above[i] - below[i]) / (2 * STEP);
  }
  return { matrix, rows, columns };
}

function groupOf({ field, parametrization }: MapSlot, map: RecurrentMap, n: number) {
  const layout = map.structure.weights;
  const isUnitary =
    layout.kind === "coordinates" ? layout.coordinates.isUnitary : parametrization.properties.isOrthogonal;
  if (field === "real") {
    return isUnitary
      ? ({ group: "O(n)", dimension: (n * (n - 1)) / 2 } as const)
      : ({ group: "GL(n, R)", dimension: n * n } as const);
  }
  return isUnitary
    ? ({ group: "U(n)", dimension: n * n } as const)
    : ({ group: "GL(n, C)", dimension: 2 * n * n } as const);
}

/** Central differences are right to about STEP². */
const STEP = 1e-5;
const RELATIVE = 1e-6;
