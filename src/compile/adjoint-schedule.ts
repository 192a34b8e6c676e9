import type { Real } from "../expr/node.ts";
import type { Access, Elementwise, Instruction, Output, Ref } from "../plan/plan.ts";
import type { AdjointRequest } from "./adjoint.ts";
import { ref } from "./allocator.ts";
import type { Context } from "./context.ts";
import { matrix } from "./forward.ts";
import { elementwise } from "./stages.ts";

/**
 * Orders loops and transposed products, and decides when the carried adjoints may be overwritten: after the last loop
 * that reads them. A carry that is just a product's result is written by the product itself.
 */
export class AdjointSchedule {
  private readonly kernels: { outputs: Output[]; reads: Set<Real> }[] = [];
  /** Adjoints of operands that their kernel writes where they are wanted: to a carry, or to another result's adjoint. */
  private readonly direct: Map<Real, Ref>;
  private readonly request: AdjointRequest;
  private readonly stageOf: ReadonlyMap<Real, number>;
  private readonly results: readonly (readonly Ref[])[];

  constructor(
    request: AdjointRequest,
    stageOf: ReadonlyMap<Real, number>,
    outputs: readonly Output[],
    results: readonly (readonly Ref[])[],
    written: ReadonlyMap<Real, Ref>,
  ) {
    this.direct = new Map(written);
    this.request = request;
    this.stageOf = stageOf;
    this.results = results;
    const last = Math.max(0, ...stageOf.values());
    for (let stage = 0; stage <= last; stage++) {
      const now = outputs.filter(({ value }) => this.stage(value) === stage);
      this.kernels.push({ outputs: now, reads: this.readsOf(now) });
    }
    this.placeCarries();
  }

  instructions(context: Context, units: number): Instruction[] {
    const { equations, products } = this.request;
    const available = new Map(this.request.available);
    const operandRefs = equations.operands.map((leaves, g) =>
      leaves.map((leaf, i) => this.operandRef(context, leaf, g, i)),
    );
    const instructions: Instruction[] = [];
    this.kernels.forEach(({ outputs }, stage) => {
      if (outputs.length > 0) instructions.push(elementwise(outputs, available, units));
      for (const output of outputs) {
        const isCarry = output.kind === "store" && this.request.carries.some((c) => c.buffer === output.ref.buffer);
        if (output.kind === "store" && !isCarry && output.value.kind === "operation") {
          available.set(output.value, matrix(output.ref));
        }
      }
      products.forEach(({ kernel, operandRefs: values }, g) => {
        if (this.stage(equations.operands[g][0]) !== stage + 1) return;
        instructions.push(kernel.adjoint(this.results[g], operandRefs[g], values));
        for (const [i, leaf] of equations.operands[g].entries()) available.set(leaf, matrix(operandRefs[g][i]));
      });
    });
    return instructions;
  }

  private operandRef(context: Context, leaf: Real, group: number, operand: number): Ref {
    const direct = this.direct.get(leaf);
    if (direct !== undefined) return direct;
    const { rows } = context.shape;
    const name = `${this.request.prefix}.operandAdjoint[${group}][${operand}]`;
    const width = this.request.products[group].kernel.operandWidth;
    return ref(context.allocator.allocate({ name, scope: "workspace", rows, width }));
  }

  private stage(node: Real): number {
    return this.stageOf.get(node) as number;
  }

  private readsOf(outputs: readonly Output[]): Set<Real> {
    const loop: Elementwise = elementwise(outputs, this.everything(), 1);
    return new Set(loop.inputs.keys());
  }

  /** Availability as far as reading carries is concerned: carries, products' results and forward values are loads. */
  private everything(): Map<Real, Access> {
    const all = new Map(this.request.available);
    const anywhere = matrix(ref(this.request.carries[0].buffer));
    for (const node of this.request.equations.operands.flat()) all.set(node, anywhere);
    return all;
  }

  private lastRead(leaf: Real): number {
    return this.kernels.findLastIndex(({ reads }) => reads.has(leaf));
  }

  /** A carry is overwritten in the first stage that nothing after it reads the old value in. */
  private placeCarries(): void {
    const { carries, equations } = this.request;
    const outputs = equations.states.map((value, s): Output => ({ kind: "store", value, ref: ref(carries[s].buffer) }));
    const readsOf = outputs.map((output) => this.readsOf([output]));
    const stage = equations.states.map((value) => Math.max(0, this.stage(value)));
    const lastRead = (s: number): number => {
      const others = stage.filter((_, o) => o !== s && readsOf[o].has(carries[s].leaf));
      return Math.max(this.lastRead(carries[s].leaf), ...others);
    };
    for (let isSettled = false; !isSettled; ) {
      isSettled = true;
      for (const s of stage.keys()) {
        if (lastRead(s) <= stage[s]) continue;
        stage[s] = lastRead(s);
        isSettled = false;
      }
    }
    for (const [s, value] of equations.states.entries()) {
      const isOperand = equations.operands.flat().includes(value);
      const isFree = isOperand && !this.direct.has(value) && lastRead(s) < this.stage(value);
      if (isFree) this.direct.set(value, ref(carries[s].buffer));
      else this.kernels[stage[s]].outputs.push(outputs[s]);
    }
  }
}
