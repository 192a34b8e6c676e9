import type { Buffer, Instruction } from "../../plan/plan.ts";
import { compileProgram, type Entry, type Machine, type Order, type Program } from "../interpreter.ts";
import { type Arena, entryBytes, parameter, parameterCount, pushBuffer, pushEntry } from "./arena.ts";
import type { Code } from "./code.ts";
import { emitGemm, emitLoss, emitOuter } from "./emit-calls.ts";
import { emitElementwise } from "./emit-elementwise.ts";
import { emitFactored, emitFactoredAdjoint, emitPermute } from "./emit-factored.ts";
import { forSteps } from "./emit-loops.ts";
import { importedKernels } from "./imports.ts";
import { ModuleBuilder } from "./module.ts";

/** A plan as a WebAssembly module, and its program by the names the module exports. */
export function emitProgram(arena: Arena): { bytes: Uint8Array; program: Program<string> } {
  const module = new ModuleBuilder(importedKernels, parameterCount);
  const program = compileProgram(arena.plan, new WasmMachine(module, arena));
  return { bytes: module.bytes(), program };
}

class WasmMachine implements Machine<string> {
  private readonly module: ModuleBuilder;
  private readonly arena: Arena;

  constructor(module: ModuleBuilder, arena: Arena) {
    this.module = module;
    this.arena = arena;
  }

  sequence(instructions: readonly Instruction[], order: Order): string {
    const functions = instructions.map((instruction) => this.module.define((code) => this.emit(code, instruction)));
    return this.routine((code) => {
      if (order === "together") {
        for (const f of functions) callFor(code, f, parameter.first, () => code.get(parameter.end));
        return;
      }
      if (functions.length === 0) return;
      const step = code.local("i32");
      forSteps(code, step, order, () => {
        for (const f of functions) callFor(code, f, step, () => code.get(step).i32(1).op("i32Add"));
      });
    });
  }

  zero(buffers: readonly Buffer[]): string {
    return this.routine((code) => {
      for (const buffer of buffers) {
        pushBuffer(code, this.arena, buffer);
        code
          .i32(0)
          .i32(buffer.times * entryBytes(buffer))
          .memoryFill();
      }
    });
  }

  copy(transfers: readonly { readonly from: Entry; readonly to: Entry }[]): string {
    return this.routine((code) => {
      for (const { from, to } of transfers) {
        this.pushPlace(code, to);
        this.pushPlace(code, from);
        code.i32(entryBytes(from.buffer)).memoryCopy();
      }
    });
  }

  private pushPlace(code: Code, { buffer, at }: Entry): void {
    if (at === "last") {
      pushEntry(code, this.arena, buffer, parameter.end);
      return;
    }
    pushBuffer(code, this.arena, buffer);
    if (at === "first") return;
    code.get(parameter.segmentStart).i32(this.arena.plan.shape.segment).op("i32DivU");
    code.i32(entryBytes(buffer)).op("i32Mul").op("i32Add");
  }

  private emit(code: Code, instruction: Instruction): void {
    switch (instruction.kind) {
      case "gemm":
        emitGemm(code, this.module, this.arena, instruction);
        break;
      case "outer":
        emitOuter(code, this.module, this.arena, instruction);
        break;
      case "permute":
        emitPermute(code, this.module, this.arena, instruction);
        break;
      case "factored":
        emitFactored(code, this.module, this.arena, instruction);
        break;
      case "factored-adjoint":
        emitFactoredAdjoint(code, this.module, this.arena, instruction);
        break;
      case "loss":
        emitLoss(code, this.module, this.arena, instruction);
        break;
      case "elementwise":
        emitElementwise(code, this.arena, instruction);
    }
  }

  private routine(build: (code: Code) => void): string {
    return String(this.module.define(build));
  }
}

/** Calls a function with the own parameters, but for the steps from `first` (a local) to what `pushEnd` leaves. */
function callFor(code: Code, functionIndex: number, first: number, pushEnd: () => void): void {
  code.get(parameter.shard).get(parameter.thread).get(parameter.segmentStart).get(parameter.chunkStart).get(first);
  pushEnd();
  code.call(functionIndex);
}
