import { tape } from "../../expr/evaluate.ts";
import { bufferAddress } from "../../plan/memory.ts";
import type { Elementwise, Instruction, Loss } from "../../plan/plan.ts";
import type { Routine } from "../interpreter.ts";
import { factored, factoredAdjoint } from "./factored.ts";
import { locate, type Memory } from "./memory.ts";
import { gemm, outerProduct, permute } from "./products.ts";

/** Plain loops in float64: the definition of every instruction. */
export function kernel(memory: Memory, instruction: Instruction): Routine {
  switch (instruction.kind) {
    case "gemm":
      return gemm(memory, instruction);
    case "outer":
      return outerProduct(memory, instruction);
    case "permute":
      return permute(memory, instruction);
    case "factored":
      return factored(memory, instruction);
    case "factored-adjoint":
      return factoredAdjoint(memory, instruction);
    case "elementwise":
      return elementwise(memory, instruction);
    case "loss":
      return loss(memory, instruction);
  }
}

function elementwise(memory: Memory, { width, inputs, outputs }: Elementwise): Routine {
  const { floats, integers, plan } = memory;
  const program = tape(
    outputs.map((output) => output.value),
    new Set(inputs.keys()),
  );
  const loads = [...inputs].map(([node, access]) => {
    const ref = access.kind === "gather" ? access.table : access.ref;
    const index = access.kind === "gather" ? locate(memory, access.index) : undefined;
    return {
      access,
      register: program.leaves.get(node) as number,
      at: locate(memory, ref),
      stride: ref.buffer.stride,
      index,
    };
  });
  const stores = outputs.map((output, o) => {
    const ref = output.kind === "scatter" ? output.table : output.ref;
    const index = output.kind === "scatter" ? locate(memory, output.index) : undefined;
    return { output, register: program.roots[o], at: locate(memory, ref), stride: ref.buffer.stride, index };
  });
  const { registers } = program;
  return (shard, thread, segmentStart, chunkStart, first, end) => {
    for (let t = first; t < end; t++) {
      const step = [shard, thread, segmentStart, chunkStart, t, t + 1] as const;
      const from = loads.map((load) => load.at(...step));
      const rowsFrom = loads.map((load) => load.index?.(...step) ?? 0);
      const to = stores.map((store) => store.at(...step));
      const rowsTo = stores.map((store) => store.index?.(...step) ?? 0);
      for (let r = 0; r < plan.shape.rows; r++) {
        for (let j = 0; j < width; j++) {
          loads.forEach(({ access, register, stride }, i) => {
            const row = access.kind === "gather" ? integers[rowsFrom[i] + r] : access.kind === "vector" ? 0 : r;
            registers[register] = floats[from[i] + row * stride + (access.kind === "row" ? 0 : j)];
          });
          program.run();
          stores.forEach(({ output, register, stride }, i) => {
            const row = output.kind === "scatter" ? integers[rowsTo[i] + r] : output.kind === "sum" ? 0 : r;
            const place = to[i] + row * stride + j;
            if (output.kind === "store") floats[place] = registers[register];
            else floats[place] += registers[register];
          });
        }
      }
    }
  };
}

function loss(memory: Memory, instruction: Loss): Routine {
  const { floats, integers, plan } = memory;
  const { size, output, target, weight, sums, scale, adjoint } = instruction;
  const locators = [output, target, weight, adjoint ?? output].map((ref) => locate(memory, ref));
  const isClassification = instruction.loss === "cross-entropy";
  const locateSums = locate(memory, { buffer: sums, shift: 0, column: 0 });
  const scaleAt = bufferAddress(scale, 0, plan) / 8;
  return (shard, thread, segmentStart, chunkStart, first, end) => {
    for (let t = first; t < end; t++) {
      const step = [shard, thread, segmentStart, chunkStart, t, t + 1] as const;
      const [outputs, targets, weights, adjoints] = locators.map((at) => at(...step));
      const total = locateSums(...step);
      for (let r = 0; r < plan.shape.rows; r++) {
        const w = floats[weights + r];
        const out = floats.subarray(outputs + r * output.buffer.stride, outputs + r * output.buffer.stride + size);
        const at = targets + r * target.buffer.stride;
        const result = isClassification
          ? crossEntropy(out, integers[at])
          : squaredError(out, floats.subarray(at, at + size));
        floats[total] += w * result.loss;
        floats[total + 1] += w * result.correct;
        floats[total + 2] += w;
        if (!adjoint) continue;
        const place = adjoints + r * adjoint.buffer.stride;
        for (let j = 0; j < size; j++) floats[place + j] = w * floats[scaleAt] * result.gradient[j];
      }
    }
  };
}

function crossEntropy(logits: Float64Array, target: number) {
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
  const gradient = logits.map((z, j) => Math.exp(z - largest) / total - (j === target ? 1 : 0));
  const isCorrect = logits.indexOf(largest) === target;
  return { loss: Math.log(total) + largest - logits[target], correct: isCorrect ? 1 : 0, gradient };
}

function squaredError(outputs: Float64Array, targets: Float64Array) {
  const size = outputs.length;
  const gradient = outputs.map((y, j) => (2 * (y - targets[j])) / size);
  return { loss: outputs.reduce((sum, y, j) => sum + (y - targets[j]) ** 2 / size, 0), correct: 0, gradient };
}
