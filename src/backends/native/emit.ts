import type { Instruction, Plan } from "../../plan/plan.ts";
import { buffer as address, place } from "./emit-address.ts";
import { emitElementwise } from "./emit-elementwise.ts";
import { emitFactored, emitFactoredAdjoint } from "./emit-factored.ts";
import { emitGemm, emitOuter, emitPack, type Machine } from "./emit-gemm.ts";
import { emitLoss } from "./emit-loss.ts";
import { mathPrelude } from "./emit-math.ts";
import { emitPermute } from "./emit-permute.ts";
import { emitWalk } from "./emit-walk.ts";

/** The C program of a plan: `st_pack(arena)`, `st_run(arena, threads)`. Every size is a constant. */
export function emitProgram(plan: Plan, machine: Machine): string {
  const functions: string[] = [];
  const helpers = new Map<string, string>();
  let count = 0;
  const { rows } = plan.shape;
  const define = (code: (name: string) => string): string => {
    const name = `k${count++}`;
    functions.push(code(name));
    return name;
  };

  /** Statements of one instruction at step t (`over: step`) or for steps first … end−1 (`over: chunk`). */
  const call = (instruction: Instruction): string => {
    const { over } = instruction;
    const at = (text: string) => (over === "chunk" ? `for (long t = first; t < end; t++) ${text}` : text);
    switch (instruction.kind) {
      case "gemm": {
        const name = define((n) => emitGemm(n, instruction, rows, machine));
        return at(`${name}(${place(instruction.a)}, ${address(instruction.packed)}, ${place(instruction.c)});`);
      }
      case "outer": {
        const name = define((n) => emitOuter(n, instruction, machine));
        const { a, b, gradient } = instruction;
        const count = over === "chunk" ? `(end - first) * ${rows}` : `${rows}`;
        const start = over === "chunk" ? "{ const long t = first; " : "{ ";
        return `${start}${name}(${place(a)}, ${place(b)}, ${address(gradient)}, ${count}); }`;
      }
      case "permute": {
        const name = define((n) => emitPermute(n, instruction, rows));
        return at(`${name}(${place(instruction.a)}, ${place(instruction.c)});`);
      }
      case "factored": {
        const name = define((n) => emitFactored(n, instruction, { rows, machine, helpers }));
        const { weights, scratch, a, c } = instruction;
        return at(`${name}(${[address(weights), address(scratch), ...[...a, ...c].map(place)].join(", ")});`);
      }
      case "factored-adjoint": {
        const name = define((n) => emitFactoredAdjoint(n, instruction, { rows, machine, helpers }));
        const { weights, gradient, scratch, a, b, c } = instruction;
        const buffers = [weights, gradient, scratch].map(address);
        return at(`${name}(${[...buffers, ...[...a, ...b, ...c].map(place)].join(", ")});`);
      }
      case "elementwise": {
        let refs: readonly Parameters<typeof place>[0][] = [];
        const name = define((n) => {
          const emitted = emitElementwise(n, instruction, rows, machine.lanes);
          refs = emitted.refs;
          return emitted.code;
        });
        return at(`${name}(${refs.map(place).join(", ")});`);
      }
      case "loss": {
        const name = define((n) => emitLoss(n, instruction, rows, machine.lanes));
        const { output, target, weight, sums, scale, adjoint } = instruction;
        const d = adjoint ? place(adjoint) : "0";
        return at(
          `${name}(${place(output)}, ${place(target)}, ${place(weight)}, ${address(sums)}, *${address(scale)}, ${d});`,
        );
      }
    }
  };
  const walk = emitWalk(plan, call);
  const packs = plan.pack.map((pack) => {
    const name = define((n) => emitPack(n, pack, rows, machine));
    return `  { const float *const w[] = {${pack.weights.map(({ buffer, firstRow }) => `${address(buffer)} + ${firstRow * buffer.stride}`)}}; ${name}(w, ${address(pack.packed)}); }`;
  });
  return `${prelude(machine)}\n${mathPrelude()}\n${[...helpers.values()].join("\n")}\n${functions.join("\n")}\n${walk}
void st_pack(char *shared) {
${packs.join("\n")}
}
`;
}

export function prelude({ lanes }: Machine): string {
  const repeated = Array.from({ length: lanes }, () => "s").join(", ");
  return `#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif
#define VL ${lanes}
typedef float vf __attribute__((vector_size(${lanes * 4})));
typedef float vu __attribute__((vector_size(${lanes * 4}), aligned(4), may_alias));
#define LOAD(p) (*(const vu *)(p))
#define STORE(p, v) (*(vu *)(p) = (v))
#define ADD(p, v) (*(vu *)(p) += (v))
static inline __attribute__((always_inline)) vf SPLAT(float s) { return (vf){${repeated}}; }
#if defined(__clang__)
#define IVDEP _Pragma("clang loop vectorize(assume_safety)")
#else
#define IVDEP _Pragma("GCC ivdep")
#endif`;
}
