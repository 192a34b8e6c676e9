import type { Operator } from "../compile/operators.ts";
import { UsageError } from "../errors.ts";
import type { Real } from "../expr/node.ts";
import type { Structure } from "./structure.ts";

export interface BlockDiagonalOptions {
  /** B, which must divide the units. Default 8. */
  readonly blocks?: number;
}

/**
 * h @ diag(W₁, …, W_B), blocks of n/B × n/B: n²/B recurrent weights. Blocks whose width is a multiple of the vector width run
 * as small products of their own; narrower ones are multiplied several at a time.
 */
export function blockDiagonal({ blocks = 8 }: BlockDiagonalOptions = {}): Structure {
  return {
    name: "block-diagonal",
    field: "real",
    bind: (name, units) => ({
      operators: [blockOperator(name, units, blocks)],
      apply: (value, [W]) => W(value as Real)[0],
      ...layout(units, blocks),
    }),
  };
}

/**
 * h @ P·diag(W₁, …, W_B) with the perfect shuffle P: unit j of block b comes from unit b of part j, so that after two steps
 * every unit has met every other. P has no weights.
 */
export function permutedBlock({ blocks = 8 }: BlockDiagonalOptions = {}): Structure {
  return {
    name: "permuted-block",
    field: "real",
    bind: (name, units) => ({
      operators: [
        { kind: "permutation", name: `${name}.permutation`, index: shuffle(units, blocks) },
        blockOperator(name, units, blocks),
      ],
      apply: (value, [P, W]) => W(P(value as Real)[0])[0],
      ...layout(units, blocks),
    }),
  };
}

function blockOperator(name: string, units: number, blocks: number): Operator {
  if (!Number.isInteger(blocks) || blocks < 1 || units % blocks !== 0) {
    const divisors = Array.from({ length: units }, (_, i) => i + 1).filter((d) => units % d === 0);
    throw new UsageError(
      `${blocks} blocks do not divide ${units} units into equal parts; give one of ${divisors.join(", ")}.`,
    );
  }
  return { kind: "matrix", name, inputs: units, outputs: units, blocks };
}

const layout = (units: number, blocks: number) => ({
  weights: { kind: "matrices", count: blocks, size: units / blocks } as const,
  flopsPerRow: (2 * units ** 2) / blocks,
});

/** index[b·m + j] = j·B + b for blocks of m = n/B units. */
function shuffle(units: number, blocks: number): Int32Array {
  const size = units / blocks;
  return Int32Array.from({ length: units }, (_, i) => (i % size) * blocks + Math.floor(i / size));
}
