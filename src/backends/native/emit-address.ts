import type { Buffer, Ref } from "../../plan/plan.ts";

const types = { float: "float", int32: "int32_t", float64: "double" } as const;

/** C for the first element of a buffer, in functions with `shared`, `shard` and `work` pointers. */
export function buffer({ element, scope, offset }: Buffer): string {
  return `((${types[element]} *)(${scope === "workspace" ? "work" : scope} + ${offset}L))`;
}

/** C for a reference at step t. */
export function place({ buffer: target, shift, column }: Ref): string {
  const entry = target.rows * target.stride;
  return `(${buffer(target)} + (${timeIndex(target)} + ${shift}) * ${entry}L + ${column})`;
}

function timeIndex({ time }: Buffer): string {
  switch (time) {
    case "once":
      return "0";
    case "sequence":
      return "t";
    case "segment":
      return "(t - segment)";
    case "chunk":
      return "(t - chunk)";
  }
}
