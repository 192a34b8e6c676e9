import { denseKernels } from "../linalg/dense.ts";
import { fieldKernels } from "../linalg/field.ts";
import { haarUnitary } from "../linalg/unitary.ts";
import { toMatrix } from "../maps/to-matrix.ts";
import { unitaryProduct } from "../maps/unitary-product.ts";
import { type RandomStream, randomStream } from "../random/stream.ts";

export type UnitarySystemName = keyof typeof draws;

export interface UnitarySystemOptions {
  readonly units: number;
  readonly system: UnitarySystemName;
  readonly systemSeed: number;
  /** Of the products' permutation; a uRNN reaches a `restricted` system only with the same one. */
  readonly permutationSeed: number;
}

/**
 * W_sys [n × n], used as `h @ W`: Re W row-major, then Im W.
 *
 * - `haar`: uniform over U(n). The polar factor of a complex Gaussian, the authors' "svd", has this distribution.
 * - `restricted`: a draw of the uRNN's product of structured factors, 7n parameters; the authors' "adhoc".
 * - `product2`: the product of two such draws, outside that family for n > 7; the authors' "adhoc2x".
 *
 * Source: Wisdom et al. 2016 (code).
 */
export function unitarySystem({ units, system, systemSeed, permutationSeed }: UnitarySystemOptions): Float64Array {
  return draws[system](units, randomStream(systemSeed, `system/${system}`, units), permutationSeed);
}

const draws = {
  haar: (n: number, random: RandomStream) => haarUnitary(n, random),
  restricted,
  product2(n: number, random: RandomStream, permutationSeed: number) {
    const first = restricted(n, random, permutationSeed);
    const second = restricted(n, random, permutationSeed);
    const product = new Float64Array(2 * n * n);
    fieldKernels("complex", denseKernels).multiply(product, first, second, { m: n, k: n, n });
    return product;
  },
};

export const unitarySystemNames = Object.keys(draws) as [UnitarySystemName, ...UnitarySystemName[]];

function restricted(n: number, random: RandomStream, permutationSeed: number): Float64Array {
  const structure = unitaryProduct({ permutationSeed }).bind("W", n);
  if (structure.weights.kind !== "coordinates") throw new TypeError("the unitary product has coordinates");
  const { coordinates } = structure.weights;
  const weights = new Float64Array(coordinates.weightCount);
  coordinates.materialize(coordinates.initialize(random), weights);
  return Float64Array.from(toMatrix(structure, n, "complex", weights));
}
