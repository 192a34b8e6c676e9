import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import type { Factor } from "../plan/plan.ts";
import { factored } from "./factored.ts";
import { fillPhases, pullbackPhases } from "./phases.ts";
import type { Coordinates, Structure } from "./structure.ts";

export interface RotationsOptions {
  /** L, how many layers of rotations: even, at least 2; or "fft" for the log₂ n layers of a butterfly. Default 2. */
  readonly capacity?: number | "fft";
}

/**
 * The unitary W = D·F_L … F₂·F₁ of Jing et al., "Tunable Efficient Unitary Neural Networks (EUNN)" (2017): layers of plane
 * rotations [[e^{iφ} cos θ, −e^{iφ} sin θ], [sin θ, cos θ]] and phases D = diag(e^{iω}); a state passes F₁ to F_L, then D.
 * Tunable layout: layers in turn pair (0, 1), (2, 3) … and (1, 2), (3, 4) …. FFT layout: layer l = 0, 1 … pairs units n/2^{l+1}
 * apart, n a power of two. θ, φ, ω ~ U(−π, π). 2 numbers per rotation and n phases; O(n·L) per step.
 */
export function rotations({ capacity = 2 }: RotationsOptions = {}): Structure {
  return {
    name: "rotations",
    field: "complex",
    bind: (name, n) => {
      const layers = capacity === "fft" ? butterfly(n) : alternating(n, capacity);
      const factors: Factor[] = [];
      let at = 0;
      for (const { first, second } of layers) {
        factors.push({ kind: "pairs", at, first, second });
        at += 8 * first.length;
      }
      factors.push({ kind: "diagonal", at });
      const counts = layers.map(({ first }) => first.length);
      const chain = { field: "complex", size: n, factors, weightCount: at + 2 * n } as const;
      const pairs = counts.reduce((sum, count) => sum + count, 0);
      return factored(name, chain, coordinates(n, counts), 28 * pairs + 6 * n);
    },
  };
}

interface Layer {
  readonly first: Int32Array;
  readonly second: Int32Array;
}

function alternating(n: number, capacity: number): Layer[] {
  if (!Number.isInteger(capacity) || capacity < 2 || capacity % 2 !== 0) {
    throw new UsageError(
      `The capacity is ${capacity}; layers come in pairs, so give an even number of at least 2, or "fft" for log₂ n layers.`,
    );
  }
  return Array.from({ length: capacity }, (_, l) => {
    const start = l % 2;
    const first = Int32Array.from({ length: Math.floor((n - start) / 2) }, (_, p) => start + 2 * p);
    return { first, second: first.map((i) => i + 1) };
  });
}

function butterfly(n: number): Layer[] {
  const depth = Math.log2(n);
  if (!Number.isInteger(depth)) {
    throw new UsageError(
      `The FFT layout of rotations needs a power of two, not ${n} units; take ${2 ** Math.floor(depth)} or ${2 ** Math.ceil(depth)}, or an even capacity.`,
    );
  }
  return Array.from({ length: depth }, (_, l) => {
    const distance = n / 2 ** (l + 1);
    const first = Int32Array.from({ length: n }, (_, i) => i).filter((i) => Math.floor(i / distance) % 2 === 0);
    return { first, second: first.map((i) => i + distance) };
  });
}

/** θ per layer: the angles θ, then φ; last the phases ω. Weights: Re, then Im of a, b, c, d of each layer; e^{iω}. */
function coordinates(n: number, counts: readonly number[]): Coordinates {
  const rotations = counts.reduce((sum, count) => sum + count, 0);
  const parameterCount = 2 * rotations + n;
  const theta = new Float64Array(parameterCount);
  const each = (body: (from: number, at: number, count: number) => void): void => {
    let done = 0;
    for (const count of counts) {
      body(2 * done, 8 * done, count);
      done += count;
    }
  };
  return {
    parameterCount,
    weightCount: 8 * rotations + 2 * n,
    isUnitary: true,
    isIdentity: false,
    initialize: (random) => Float64Array.from({ length: parameterCount }, () => random.uniform(-Math.PI, Math.PI)),
    materialize(given: FloatArray, weights: FloatArray) {
      theta.set(given);
      each((from, at, count) => {
        for (let p = 0; p < count; p++) {
          const [cos, sin] = [Math.cos(theta[from + p]), Math.sin(theta[from + p])];
          const [re, im] = [Math.cos(theta[from + count + p]), Math.sin(theta[from + count + p])];
          const values = [re * cos, -re * sin, sin, cos, im * cos, -im * sin, 0, 0];
          for (const [v, value] of values.entries()) weights[at + v * count + p] = value;
        }
      });
      fillPhases(weights, 8 * rotations, theta, 2 * rotations, n);
    },
    pullback(g, thetaGradient) {
      each((from, at, count) => {
        for (let p = 0; p < count; p++) {
          const [cos, sin] = [Math.cos(theta[from + p]), Math.sin(theta[from + p])];
          const [re, im] = [Math.cos(theta[from + count + p]), Math.sin(theta[from + count + p])];
          const [aRe, bRe, c, d, aIm, bIm] = [0, 1, 2, 3, 4, 5].map((v) => g[at + v * count + p]);
          thetaGradient[from + p] = -sin * (re * aRe + im * aIm) - cos * (re * bRe + im * bIm) + cos * c - sin * d;
          thetaGradient[from + count + p] = cos * (re * aIm - im * aRe) - sin * (re * bIm - im * bRe);
        }
      });
      pullbackPhases(thetaGradient, 2 * rotations, g, 8 * rotations, theta, n);
    },
  };
}
