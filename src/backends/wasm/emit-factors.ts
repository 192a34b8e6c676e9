import type { Factor } from "../../plan/plan.ts";
import type { Address, ChainCode } from "./chain-code.ts";
import { emitFourier, emitWalsh } from "./emit-transforms.ts";

/** Slots, and room for two more vectors. */
export interface Places {
  readonly from: Address;
  readonly to: Address;
  readonly temporary: readonly [Address, Address];
}

/** Whether a factor and its adjoint may leave their result where the operand was. */
export const isInPlace = ({ kind }: Factor): boolean =>
  kind === "diagonal" || kind === "reflection" || kind === "pairs";

export const hasWeights = (factor: Factor): boolean => "at" in factor;

/** to ← factor(from) */
export function emitApply(chain: ChainCode, factor: Factor, { from, to, temporary }: Places): void {
  const { size, span, unit } = chain;
  switch (factor.kind) {
    case "diagonal":
      chain.callFor("Diagonal", [to, from, chain.weight(factor.at), size, span], [0]);
      break;
    case "reflection": {
      const v = chain.weight(factor.at);
      chain.callFor("Dots", [temporary[0], v, from, size, span]);
      chain.callFor("Reflection", [to, from, v, temporary[0], size, span]);
      break;
    }
    case "fourier":
      emitFourier(chain, factor.inverse, from, to, temporary[0]);
      break;
    case "walsh":
      emitWalsh(chain, from, to);
      break;
    case "permutation":
      chain.call("permuteUnits", to, from, chain.constant(factor.index), size, unit);
      break;
    case "pairs":
      emitPairs(chain, factor, from, to, 0);
      break;
    case "mode":
      emitMode(chain, factor, from, to, 0);
      break;
    case "sparse":
      emitSparse(chain, factor, from, to, 0);
  }
}

/** to ← factorᴴ(from), and gradient += that of the weights for the factor's operand x and the adjoint `from` of its result. */
export function emitAdjoint(
  chain: ChainCode,
  factor: Factor,
  x: Address,
  gradient: (at: number) => Address,
  { from, to, temporary }: Places,
): void {
  const { size, span, unit } = chain;
  switch (factor.kind) {
    case "diagonal": {
      const all = Int32Array.from({ length: size }, (_, k) => k);
      emitProducts(chain, gradient(factor.at), x, from, all, all, size);
      chain.callFor("Diagonal", [to, from, chain.weight(factor.at), size, span], [1]);
      break;
    }
    case "reflection": {
      const v = chain.weight(factor.at);
      const [ofOperand, ofAdjoint] = temporary;
      chain.callFor("Dots", [ofOperand, v, x, size, span]);
      chain.callFor("Dots", [ofAdjoint, v, from, size, span]);
      chain.callFor("ReflectionGradient", [gradient(factor.at), x, from, ofOperand, ofAdjoint, size, span]);
      chain.callFor("Reflection", [to, from, v, ofAdjoint, size, span]);
      break;
    }
    case "fourier":
      emitFourier(chain, !factor.inverse, from, to, temporary[0]);
      break;
    case "walsh":
      emitWalsh(chain, from, to);
      break;
    case "permutation":
      chain.call("permuteUnits", to, from, chain.constant(inverse(factor.index)), size, unit);
      break;
    case "pairs": {
      const { at, first, second } = factor;
      const { length } = first;
      [first, first, second, second].forEach((left, i) => {
        const right = i % 2 === 0 ? first : second;
        emitProducts(chain, gradient(at + i * length), x, from, left, right, 4 * length);
      });
      emitPairs(chain, factor, from, to, 1);
      break;
    }
    case "mode": {
      const { at, left, size: order, right } = factor;
      chain.callFor("ModeGradient", [gradient(at), x, from, left, order, right, span]);
      emitMode(chain, factor, from, to, 1);
      break;
    }
    case "sparse":
      emitProducts(chain, gradient(factor.at), x, from, columnOfEntry(factor), factor.rows, factor.rows.length);
      emitSparse(chain, factor, from, to, 1);
  }
}

type Of<K extends Factor["kind"]> = Extract<Factor, { readonly kind: K }>;

/** gradient[p] += Σ over rows b[left[p]]·x̄[right[p]]; imaginary parts follow after `numbers` real ones. */
function emitProducts(
  chain: ChainCode,
  gradient: Address,
  x: Address,
  b: Address,
  left: Int32Array,
  right: Int32Array,
  numbers: number,
): void {
  const indices = [chain.constant(left), chain.constant(right)];
  chain.callFor("Products", [gradient, x, b, ...indices, left.length, chain.span], [numbers * 4]);
}

function emitPairs(chain: ChainCode, { at, first, second }: Of<"pairs">, from: Address, to: Address, adjoint: 0 | 1) {
  if (to !== from && 2 * first.length < chain.size) chain.copy(from, to);
  const indices = [chain.constant(first), chain.constant(second)];
  const args = [to, from, chain.weight(at), ...indices, first.length, chain.span, adjoint];
  chain.callFor("Pairs", args);
}

function emitMode(chain: ChainCode, factor: Of<"mode">, from: Address, to: Address, adjoint: 0 | 1): void {
  const { at, left, size, right } = factor;
  const strides = adjoint ? [4, size * 4] : [size * 4, 4];
  chain.callFor("Mode", [to, from, chain.weight(at), ...strides, left, size, right, chain.span], [adjoint]);
}

function emitSparse(chain: ChainCode, factor: Of<"sparse">, from: Address, to: Address, adjoint: 0 | 1): void {
  const { at, columns, rows } = factor;
  const entries = Int32Array.from(rows, (_, e) => e);
  const tables = adjoint ? transposed(factor, chain.size) : [columns, rows, entries];
  const addresses = tables.map((table) => chain.constant(table));
  const { size, span } = chain;
  chain.callFor("Sparse", [to, from, chain.weight(at), ...addresses, size, span], [rows.length * 4, adjoint]);
}

/** The same entries by rows: where each row's begin, their columns, and which they are. */
function transposed(factor: Of<"sparse">, size: number): readonly Int32Array[] {
  const columns = columnOfEntry(factor);
  const order = Array.from(factor.rows, (_, e) => e).sort((d, e) => factor.rows[d] - factor.rows[e] || d - e);
  const starts = new Int32Array(size + 1);
  for (const row of factor.rows) starts[row + 1]++;
  for (let i = 0; i < size; i++) starts[i + 1] += starts[i];
  return [starts, Int32Array.from(order, (e) => columns[e]), Int32Array.from(order)];
}

function columnOfEntry({ columns, rows }: Of<"sparse">): Int32Array {
  const result = new Int32Array(rows.length);
  for (let j = 0; j + 1 < columns.length; j++) result.fill(j, columns[j], columns[j + 1]);
  return result;
}

function inverse(index: Int32Array): Int32Array {
  const result = new Int32Array(index.length);
  index.forEach((i, j) => {
    result[i] = j;
  });
  return result;
}
