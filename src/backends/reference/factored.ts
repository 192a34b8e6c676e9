import { type Action, actionOf, type Vector, zeros } from "../../plan/factors.ts";
import type { FactorChain, Factored, FactoredAdjoint, Ref } from "../../plan/plan.ts";
import type { Routine } from "../interpreter.ts";
import { locate, type Memory } from "./memory.ts";

export function factored(memory: Memory, { chain, weights, a, c }: Factored): Routine {
  const { rows } = memory.plan.shape;
  const actions = chain.factors.map((factor) => actionOf(factor, chain));
  const locateWeights = locate(memory, { buffer: weights, shift: 0, column: 0 });
  const [rowOfA, rowOfC] = [rowsOf(memory, chain, a), rowsOf(memory, chain, c)];
  return (...step) => {
    const numbers = actions.map((action) => numbersOf(memory, chain, action, locateWeights(...step)));
    const [operand, result] = [rowOfA(...step), rowOfC(...step)];
    for (let r = 0; r < rows; r++) {
      store(
        result(r),
        actions.reduce((x, action, f) => action.apply(numbers[f], x), load(chain, operand(r))),
      );
    }
  };
}

export function factoredAdjoint(memory: Memory, instruction: FactoredAdjoint): Routine {
  const { chain, weights, a, b, c, gradient } = instruction;
  const { rows } = memory.plan.shape;
  const actions = chain.factors.map((factor) => actionOf(factor, chain));
  const locateWeights = locate(memory, { buffer: weights, shift: 0, column: 0 });
  const locateGradient = locate(memory, { buffer: gradient, shift: 0, column: 0 });
  const [rowOfA, rowOfB, rowOfC] = [a, b, c].map((refs) => rowsOf(memory, chain, refs));
  return (...step) => {
    const numbers = actions.map((action) => numbersOf(memory, chain, action, locateWeights(...step)));
    const sums = actions.map((action) => numbersOf(memory, chain, action, locateGradient(...step)));
    const [operand, adjoint, result] = [rowOfA(...step), rowOfB(...step), rowOfC(...step)];
    for (let r = 0; r < rows; r++) {
      const inputs = [load(chain, operand(r))];
      actions.forEach((action, f) => {
        inputs.push(action.apply(numbers[f], inputs[f]));
      });
      store(
        result(r),
        actions.reduceRight(
          (y, action, f) => action.adjoint(numbers[f], inputs[f], y, sums[f]),
          load(chain, adjoint(r)),
        ),
      );
    }
  };
}

/** Real parts, and imaginary parts if there are any, of each row as they lie in memory. */
function rowsOf(memory: Memory, { size }: FactorChain, refs: readonly Ref[]) {
  const places = refs.map((ref) => locate(memory, ref));
  return (...step: Parameters<Routine>) => {
    const starts = places.map((place) => place(...step));
    return (r: number): Float64Array[] =>
      starts.map((start, part) => {
        const from = start + r * refs[part].buffer.stride;
        return memory.floats.subarray(from, from + size);
      });
  };
}

const load = ({ size }: FactorChain, [re, im]: readonly Float64Array[]): Vector => ({
  re: re.slice(),
  im: im?.slice() ?? new Float64Array(size),
});

function store([re, im]: readonly Float64Array[], value: Vector): void {
  re.set(value.re);
  im?.set(value.im);
}

/** A factor's numbers in a buffer of weights, or in their gradient: live views, apart from a real chain's zeros. */
function numbersOf({ floats }: Memory, { field }: FactorChain, { at, count }: Action, start: number): Vector {
  const part = (i: number) => floats.subarray(start + at + i * count, start + at + (i + 1) * count);
  return { re: part(0), im: field === "complex" ? part(1) : zeros(count).im };
}
