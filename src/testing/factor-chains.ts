import { ref, roundUp } from "../compile/allocator.ts";
import { scratchFloats } from "../plan/memory.ts";
import type { Buffer, Factor, FactorChain, GemmShape } from "../plan/plan.ts";
import { randomStream } from "../random/stream.ts";
import { type Contents, type Draw, type SketchRun, together } from "./plan-sketch.ts";

/** A factor of each kind that exists for size n. */
export function factorOf(kind: string, n: number, field: FactorChain["field"]): Factor | undefined {
  const at = 0;
  switch (kind) {
    case "diagonal":
    case "reflection":
      return { kind, at };
    case "fourier":
    case "inverse":
      return field === "complex" ? { kind: "fourier", inverse: kind === "inverse" } : undefined;
    case "walsh":
      return (n & (n - 1)) === 0 ? { kind } : undefined;
    case "permutation":
      return { kind, index: permutation(n, 1) };
    case "pairs": {
      const order = permutation(n, 2);
      const count = Math.floor((n - 1) / 2); // one or two places stay
      return { kind, at, first: order.slice(0, count), second: order.slice(count, 2 * count) };
    }
    case "mode": {
      const size = [4, 3, 2, 5].find((divisor) => n % divisor === 0) ?? n;
      const right = (n / size) % 2 === 0 ? 2 : 1;
      return { kind, at, left: n / size / right, size, right };
    }
    case "sparse": {
      // Column j has j mod 4 entries: some columns are empty.
      const columns = Int32Array.from({ length: n + 1 }, (_, j) =>
        Array.from({ length: j }, (_, i) => i % 4).reduce((sum, count) => sum + count, 0),
      );
      const random = randomStream(3, "sparse");
      return { kind, at, columns, rows: Int32Array.from({ length: columns[n] }, () => random.integer(n)) };
    }
    default:
      throw new Error(`no factor is called ${kind}`);
  }
}

/** The factors of the unitary RNN, D₃R₂F⁻¹D₂PR₁FD₁, in the order in which they act. */
export const unitaryKinds = [
  "diagonal",
  "fourier",
  "reflection",
  "permutation",
  "diagonal",
  "inverse",
  "reflection",
  "diagonal",
];

export const factorKinds = [...new Set([...unitaryKinds, "walsh", "pairs", "mode", "sparse"])];

/** The chain of these kinds, without those that do not exist for n and the field. */
export function chainOf(kinds: readonly string[], n: number, field: FactorChain["field"]): FactorChain {
  let weightCount = 0;
  const factors = kinds.flatMap((kind) => {
    const factor = factorOf(kind, n, field);
    if (!factor) return [];
    const placed = "at" in factor ? { ...factor, at: weightCount } : factor;
    weightCount += numbersIn(factor, n) * (field === "complex" ? 2 : 1);
    return [placed];
  });
  return { field, size: n, factors, weightCount };
}

/** For each chain y ← chain(a) at every step, then c and the weights' gradient for the adjoint b of y: buffers `name.a`, … */
export const drawChains = (chains: Readonly<Record<string, FactorChain>>, rows: number, length: number): Draw =>
  together(Object.entries(chains).map(([name, chain]) => drawChain(name, chain, rows, length)));

function drawChain(name: string, chain: FactorChain, rows: number, length: number): Draw {
  return (allocator) => {
    const { size, weightCount } = chain;
    const { lanes } = allocator.target;
    const parts = chain.field === "complex" ? 2 : 1;
    const groupStride = roundUp(size, lanes);
    const shape: GemmShape = { k: 1, n: size, groups: parts, groupStride, blocks: 1, inner: 1 };
    const sequence = { scope: "shard", rows, width: parts * groupStride, time: "sequence", times: length } as const;
    const vectors = ["a", "b", "c", "y"].map((part) => allocator.allocate({ name: `${name}.${part}`, ...sequence }));
    const refs = (buffer: Buffer) => Array.from({ length: parts }, (_, part) => ref(buffer, part * groupStride));
    const [a, b, c, y] = vectors.map(refs);
    const tight = { rows: 1, width: weightCount, padding: "tight" } as const;
    const weights = allocator.allocate({ name: `${name}.weights`, scope: "shared", ...tight });
    const gradient = allocator.allocate({ name: `${name}.gradient`, scope: "shared", ...tight });
    const shardGradient = allocator.allocate({ name: `${name}.shardGradient`, scope: "shard", ...tight });
    const scratch = allocator.allocate({
      ...({ name: `${name}.scratch`, scope: "workspace", padding: "tight" } as const),
      rows: 1,
      width: scratchFloats(chain, roundUp(rows, lanes)),
    });
    const map = { over: "step", chain, weights, scratch, a } as const;
    return {
      layer: {
        step: [{ ...map, kind: "factored", c: y }],
        stepAdjoint: [{ ...map, kind: "factored-adjoint", b, c, gradient: shardGradient }],
      },
      reductions: [{ gradient, firstRow: 0, shardGradient, column: 0 }],
      grouped: new Map(vectors.map((buffer) => [buffer, shape])),
    };
  };
}

/** Random weights, vectors of reflections a little longer than 1; `change` is added to the weight at an index. */
export function chainStart(
  chains: Readonly<Record<string, FactorChain>>,
  change: { at: number; by: number } = { at: -1, by: 0 },
): SketchRun {
  const values = new Map(Object.entries(chains).map(([name, chain]) => [`${name}.weights`, weightsOf(chain)]));
  return {
    start: (name, i) => {
      const weight = values.get(name)?.[i];
      return weight === undefined ? undefined : weight + (i === change.at ? change.by : 0);
    },
  };
}

function weightsOf({ field, size, factors, weightCount }: FactorChain): Float32Array {
  const random = randomStream(5, "weights");
  const values = Float32Array.from({ length: weightCount }, () => random.uniform(-1, 1));
  for (const factor of factors) {
    if (factor.kind !== "reflection") continue;
    const vector = values.subarray(factor.at, factor.at + (field === "complex" ? 2 : 1) * size);
    const scale = 1.1 / Math.hypot(...vector);
    for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  }
  return values;
}

/** What a backend has to agree on. */
export const withoutScratch = (contents: Contents): Contents =>
  new Map([...contents].filter(([name]) => !name.endsWith(".scratch")));

function numbersIn(factor: Factor, n: number): number {
  switch (factor.kind) {
    case "diagonal":
    case "reflection":
      return n;
    case "pairs":
      return 4 * factor.first.length;
    case "mode":
      return factor.size ** 2;
    case "sparse":
      return factor.rows.length;
    default:
      return 0;
  }
}

function permutation(n: number, seed: number): Int32Array {
  const random = randomStream(seed, "permutation");
  const index = Int32Array.from({ length: n }, (_, j) => j);
  for (let j = n - 1; j > 0; j--) {
    const other = random.integer(j + 1);
    [index[j], index[other]] = [index[other], index[j]];
  }
  return index;
}
