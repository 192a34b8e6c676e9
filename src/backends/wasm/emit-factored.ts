import type { Factored, FactoredAdjoint, Permute } from "../../plan/plan.ts";
import { type Arena, pushRef, rowBytes } from "./arena.ts";
import { type Address, ChainCode } from "./chain-code.ts";
import type { Code } from "./code.ts";
import { emitAdjoint, emitApply, hasWeights, isInPlace } from "./emit-factors.ts";
import { forSteps } from "./emit-loops.ts";
import type { ModuleBuilder } from "./module.ts";

export function emitPermute(code: Code, module: ModuleBuilder, arena: Arena, { a, c, index }: Permute): void {
  const step = code.local("i32");
  forSteps(code, step, "ascending", () => {
    pushRef(code, arena, c, step);
    code.i32(rowBytes(c.buffer));
    pushRef(code, arena, a, step);
    code.i32(rowBytes(a.buffer));
    code.i32(arena.constants.place(index)).i32(arena.plan.shape.rows).i32(index.length);
    code.call(module.imported("permuteColumns"));
  });
}

/** c ← chain(a): the vector goes through the factors in slots 0 and 1. */
export function emitFactored(code: Code, module: ModuleBuilder, arena: Arena, instruction: Factored): void {
  const { chain: map, weights, a, c, scratch } = instruction;
  const chain = new ChainCode(code, module, arena, map, weights, scratch);
  chain.requireSlots(4, scratch);
  const temporary = [chain.slot(2), chain.slot(3)] as const;
  const step = code.local("i32");
  forSteps(code, step, "ascending", () => {
    let [from, other] = [chain.slot(0), chain.slot(1)];
    chain.load(a, step, from);
    for (const factor of map.factors) {
      const to = isInPlace(factor) ? from : other;
      emitApply(chain, factor, { from, to, temporary });
      if (to !== from) [from, other] = [to, from];
    }
    chain.store(c, step, from);
  });
}

/**
 * The operands of all factors up to the last one with weights, in slot f that of factor f; then the adjoint goes back
 * through the factors in the two slots behind them.
 */
export function emitFactoredAdjoint(
  code: Code,
  module: ModuleBuilder,
  arena: Arena,
  instruction: FactoredAdjoint,
): void {
  const { chain: map, weights, a, b, c, gradient, scratch } = instruction;
  const { factors } = map;
  const count = factors.length;
  const chain = new ChainCode(code, module, arena, map, weights, scratch);
  chain.requireSlots(count + 4, scratch);
  const temporary = [chain.slot(count + 2), chain.slot(count + 3)] as const;
  const gradients = chain.start(gradient);
  const gradientAt = (at: number): Address => ({ base: gradients, offset: at * 4 });
  const operands = factors.slice(0, factors.findLastIndex(hasWeights) + 1).map((_, f) => chain.slot(f));
  const step = code.local("i32");
  forSteps(code, step, "ascending", () => {
    operands.forEach((to, f) => {
      if (f === 0) chain.load(a, step, to);
      else emitApply(chain, factors[f - 1], { from: operands[f - 1], to, temporary });
    });
    let [from, other] = [chain.slot(count), chain.slot(count + 1)];
    chain.load(b, step, from);
    for (let f = count - 1; f >= 0; f--) {
      const to = isInPlace(factors[f]) ? from : other;
      emitAdjoint(chain, factors[f], operands[f] ?? from, gradientAt, { from, to, temporary });
      if (to !== from) [from, other] = [to, from];
    }
    chain.store(c, step, from);
  });
}
