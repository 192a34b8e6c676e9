import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { haarUnitary } from "../linalg/unitary.ts";
import type { RandomStream } from "../random/stream.ts";
import { factored } from "./factored.ts";
import type { Coordinates, Structure } from "./structure.ts";

export interface KroneckerOptions {
  /** Sizes of the factors, whose product is n. Default: the prime factors of n. */
  readonly factors?: readonly number[];
  /** λ of the penalty λ Σ_k ‖A_kᴴA_k − I‖². Default 0.01; 0 leaves the factors free. */
  readonly penalty?: number;
}

/**
 * The complex W = A₁ ⊗ A₂ ⊗ … ⊗ A_K of Jose, Cissé and Fleuret, "Kronecker Recurrent Units" (2018), factors A_k [f_k × f_k] that
 * start unitary (Haar) and are held near it by a soft penalty: 2 Σ f_k² numbers, O(n Σ f_k) per step. The default λ is this
 * project's.
 */
export function kronecker({ factors, penalty = 0.01 }: KroneckerOptions = {}): Structure {
  if (!(penalty >= 0 && penalty < Number.POSITIVE_INFINITY)) {
    throw new UsageError(`The penalty's weight is ${penalty}; give a finite number of at least 0, such as 0.01.`);
  }
  return {
    name: "kronecker",
    field: "complex",
    bind: (name, n) => {
      const sizes = factors ?? primeFactors(n);
      if (sizes.some((f) => !Number.isInteger(f) || f < 1) || sizes.reduce((p, f) => p * f, 1) !== n) {
        throw new UsageError(
          `The Kronecker factors ${sizes.join(" × ")} do not multiply to ${n} units; give sizes that do, such as ${primeFactors(n).join(" × ")}.`,
        );
      }
      let left = 1;
      let at = 0;
      const modes = sizes.map((size) => {
        const mode = { kind: "mode", at, left, size, right: n / (left * size) } as const;
        left *= size;
        at += 2 * size * size;
        return mode;
      });
      const chain = { field: "complex", size: n, factors: modes, weightCount: at } as const;
      const flops = sizes.reduce((sum, size) => sum + 8 * n * size, 0);
      return factored(name, chain, coordinates(sizes, at, penalty), flops);
    },
  };
}

function coordinates(sizes: readonly number[], count: number, lambda: number): Coordinates {
  const theta = new Float64Array(count);
  const each = (body: (size: number, at: number) => void): void => {
    let at = 0;
    for (const size of sizes) {
      body(size, at);
      at += 2 * size * size;
    }
  };
  return {
    parameterCount: count,
    weightCount: count,
    isUnitary: false,
    isIdentity: false,
    initialize(random: RandomStream) {
      const drawn = new Float64Array(count);
      each((size, at) => drawn.set(haarUnitary(size, random), at));
      return drawn;
    },
    materialize(given: FloatArray, weights: FloatArray) {
      theta.set(given);
      weights.set(given);
    },
    pullback: (weightGradient, thetaGradient) => thetaGradient.set(weightGradient),
    penalty(thetaGradient) {
      let total = 0;
      each((size, at) => {
        total += addUnitarityPenalty(theta, thetaGradient, at, size, lambda);
      });
      return total;
    },
  };
}

/** With E = AᴴA − I: returns λ‖E‖², and adds its gradient 4λ·A·E. */
function addUnitarityPenalty(a: Float64Array, gradient: FloatArray, at: number, n: number, lambda: number): number {
  const [re, im] = [at, at + n * n];
  const defect = { re: new Float64Array(n * n), im: new Float64Array(n * n) };
  let total = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let [p, q] = [i === j ? -1 : 0, 0];
      for (let k = 0; k < n; k++) {
        const [x, y, u, v] = [a[re + k * n + i], a[im + k * n + i], a[re + k * n + j], a[im + k * n + j]];
        p += x * u + y * v;
        q += x * v - y * u;
      }
      defect.re[i * n + j] = p;
      defect.im[i * n + j] = q;
      total += p * p + q * q;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const [x, y] = [a[re + i * n + k], a[im + i * n + k]];
        const [p, q] = [defect.re[k * n + j], defect.im[k * n + j]];
        gradient[re + i * n + j] += 4 * lambda * (x * p - y * q);
        gradient[im + i * n + j] += 4 * lambda * (x * q + y * p);
      }
    }
  }
  return lambda * total;
}

function primeFactors(n: number): number[] {
  const found: number[] = [];
  let rest = n;
  for (let p = 2; p * p <= rest; p++) {
    while (rest % p === 0) {
      found.push(p);
      rest /= p;
    }
  }
  return rest > 1 || found.length === 0 ? [...found, rest] : found;
}
