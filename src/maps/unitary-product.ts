import type { FloatArray } from "../linalg/kernels.ts";
import { randomStream } from "../random/stream.ts";
import { factored } from "./factored.ts";
import { fillPhases, normalize, pullbackNormalize, pullbackPhases } from "./phases.ts";
import type { Coordinates, Structure } from "./structure.ts";

export interface UnitaryProductOptions {
  /** Of the permutation Π, which is part of the structure and not of the model's draw. Default 0. */
  readonly permutationSeed?: number;
}

/**
 * The unitary W = D₃·R₂·F⁻¹·D₂·Π·R₁·F·D₁ of Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural Networks" (2016,
 * section 3.2): diagonals D = diag(e^{iω}), reflections R = I − 2vvᴴ/‖v‖², the unitary discrete Fourier transform F, a fixed
 * random permutation Π. 7n free real numbers: ω₁, ω₂, ω₃ [n each], then Re v₁, Im v₁, Re v₂, Im v₂ [n each]. A row vector
 * passes D₁, F, R₁, Π, D₂, F⁻¹, R₂, D₃ in turn; W itself is never formed, a step costs O(n log n). Any n, powers of two are fast.
 *
 * Initialisation of the authors' code: ω ~ U(−π, π), v ~ U(−√(6/(2 + 2n)), √(6/(2 + 2n))).
 */
export function unitaryProduct({ permutationSeed = 0 }: UnitaryProductOptions = {}): Structure {
  return {
    name: "unitary-product",
    field: "complex",
    bind: (name, n) => {
      const index = randomStream(permutationSeed, "permutation", n).permutation(n);
      const factors = [
        { kind: "diagonal", at: 0 },
        { kind: "fourier", inverse: false },
        { kind: "reflection", at: 6 * n },
        { kind: "permutation", index },
        { kind: "diagonal", at: 2 * n },
        { kind: "fourier", inverse: true },
        { kind: "reflection", at: 8 * n },
        { kind: "diagonal", at: 4 * n },
      ] as const;
      const chain = { field: "complex", size: n, factors, weightCount: 10 * n } as const;
      return factored(name, chain, coordinates(n), 2 * 5 * n * Math.log2(Math.max(2, n)) + 2 * 16 * n + 3 * 6 * n);
    },
  };
}

/** θ = (ω₁, ω₂, ω₃, v₁, v₂) → (e^{iω₁}, e^{iω₂}, e^{iω₃}, v₁/‖v₁‖, v₂/‖v₂‖). */
function coordinates(n: number): Coordinates {
  const theta = new Float64Array(7 * n);
  return {
    parameterCount: 7 * n,
    weightCount: 10 * n,
    isUnitary: true,
    isIdentity: false,
    initialize(random) {
      const bound = Math.sqrt(6 / (2 + 2 * n));
      return Float64Array.from({ length: 7 * n }, (_, i) =>
        i < 3 * n ? random.uniform(-Math.PI, Math.PI) : random.uniform(-bound, bound),
      );
    },
    materialize(given: FloatArray, weights: FloatArray) {
      theta.set(given);
      for (const d of [0, 1, 2]) fillPhases(weights, 2 * n * d, theta, n * d, n);
      for (const r of [0, 1]) normalize(weights, 6 * n + 2 * n * r, theta, 3 * n + 2 * n * r, 2 * n);
    },
    pullback(weightGradient, thetaGradient) {
      for (const d of [0, 1, 2]) pullbackPhases(thetaGradient, n * d, weightGradient, 2 * n * d, theta, n);
      for (const r of [0, 1]) {
        pullbackNormalize(thetaGradient, (3 + 2 * r) * n, weightGradient, (6 + 2 * r) * n, theta, 2 * n);
      }
    },
  };
}
