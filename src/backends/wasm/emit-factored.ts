import type { Factored, FactoredAdjoint, Permute } from "../../plan/plan.ts";
import { type Arena, pushRef, rowBytes } from "./arena.ts";
import { type Address, ChainCode } from "./chain-code.ts";
import type { Code, Local } from "./code.ts";
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
  const { chain: map, a, c } = instruction;
  forBlocks(code, module, arena, instruction, { used: 4, needed: 4 }, (chain, step) => {
    const temporary = [chain.slot(2), chain.slot(3)] as const;
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
 * Forward to the operand of the last factor with weights, leaving that of each such factor f in slot f; then the adjoint
 * goes back through all factors in the two slots behind them.
 */
export function emitFactoredAdjoint(
  code: Code,
  module: ModuleBuilder,
  arena: Arena,
  instruction: FactoredAdjoint,
): void {
  const { chain: map, a, b, c, gradient } = instruction;
  const { factors } = map;
  const count = factors.length;
  const slots = { used: factors.filter(hasWeights).length + 4, needed: count + 4 };
  forBlocks(code, module, arena, instruction, slots, (chain, step) => {
    const temporary = [chain.slot(count + 2), chain.slot(count + 3)] as const;
    const gradients = chain.start(gradient);
    const gradientAt = (at: number): Address => ({ base: gradients, offset: at * 4 });
    const operands = factors
      .slice(0, factors.findLastIndex(hasWeights) + 1)
      .map((factor, f) => chain.slot(hasWeights(factor) ? f : count + (f % 2)));
    operands.forEach((to, f) => {
      if (f === 0) chain.load(a, step, to);
      else emitApply(chain, factors[f - 1], { from: operands[f - 1], to, temporary });
    });
    let [from, other] = [chain.slot(count), chain.slot(count + 1)];
    chain.load(b, step, from);
    for (let f = count - 1; f >= 0; f--) {
      const to = isInPlace(factors[f]) ? from : other;
      emitAdjoint(chain, factors[f], operands[f], gradientAt, { from, to, temporary });
      if (to !== from) [from, other] = [to, from];
    }
    chain.store(c, step, from);
  });
}

/** Bytes of slots in use that stay in the second-level cache. */
const cacheBytes = 2 ** 19;

/** The body at every step for blocks of as many rows as keep the slots in use in cache. Throws where scratch is too small. */
function forBlocks(
  code: Code,
  module: ModuleBuilder,
  arena: Arena,
  instruction: Factored | FactoredAdjoint,
  slots: { readonly used: number; readonly needed: number },
  body: (chain: ChainCode, step: Local) => void,
): void {
  const { rows } = arena.plan.shape;
  const { size, field } = instruction.chain;
  const vectorBytes = size * (field === "complex" ? 2 : 1) * 16;
  const fitting = Math.max(1, Math.floor(cacheBytes / (slots.used * vectorBytes))) * 4;
  const blocks = Math.ceil(rows / fitting);
  const most = Math.ceil(rows / blocks / 4) * 4;
  const [step, first] = [code.local("i32"), code.local("i32")];
  const block = (count: number): void => {
    const chain = new ChainCode(code, module, arena, instruction, { first, count });
    chain.requireSlots(slots.needed);
    body(chain, step);
  };
  forSteps(code, step, "ascending", () => {
    code.i32(0).set(first);
    const whole = rows - (rows % most);
    if (whole > 0) {
      code.doWhile(
        () => {
          block(most);
          code.advance(first, most);
        },
        () => code.get(first).i32(whole).op("i32LtS"),
      );
    }
    if (whole < rows) block(rows - whole);
  });
}
