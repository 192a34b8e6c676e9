import { tape } from "../../expr/evaluate.ts";
import { bufferAddress } from "../../plan/memory.ts";
import type { Buffer, Elementwise, Gemm, Instruction, Loss, OuterProduct, Pack, Plan, Ref } from "../../plan/plan.ts";
import { type Routine, timeIndex } from "../interpreter.ts";

/** The arena of a plan as numbers. */
export interface Memory {
  readonly plan: Plan;
  readonly floats: Float64Array;
  readonly integers: Int32Array;
}

/** Plain loops in float64: the definition of every instruction. */
export function kernel(memory: Memory, instruction: Instruction): Routine {
  switch (instruction.kind) {
    case "gemm":
      return gemm(memory, instruction);
    case "outer":
      return outerProduct(memory, instruction);
    case "permute":
    case "factored":
    case "factored-adjoint":
      throw new Error(`reference: ${instruction.kind} is not built yet`);
    case "elementwise":
      return elementwise(memory, instruction);
    case "loss":
      return loss(memory, instruction);
  }
}

type Locate = (...step: Parameters<Routine>) => number;

/** Index of a reference's first element (of the first step run over). */
function locate({ plan }: Memory, { buffer, shift, column }: Ref): Locate {
  const size = buffer.element === "int32" ? 4 : 8;
  const entry = buffer.rows * buffer.stride;
  return (shard, thread, segmentStart, chunkStart, first) => {
    const start = bufferAddress(buffer, copyOf(buffer, shard, thread), plan) / size;
    return start + (timeIndex(buffer, first, segmentStart, chunkStart) + shift) * entry + column;
  };
}

export const copyOf = (buffer: Buffer, shard: number, thread: number): number =>
  buffer.scope === "shard" ? shard : thread;

/** packed ← the weights side by side, [k × groups·n], or all transposed on top of each other, [groups·n × k]. */
export function pack({ plan, floats }: Memory, { packed, weights, gemm: { k, n }, transpose }: Pack): void {
  const out = bufferAddress(packed, 0, plan) / 8;
  weights.forEach(({ buffer: weight, firstRow }, g) => {
    const start = bufferAddress(weight, 0, plan) / 8 + firstRow * weight.stride;
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < n; j++) {
        const place = transpose ? (g * n + j) * packed.stride + i : i * packed.stride + g * n + j;
        floats[out + place] = floats[start + i * weight.stride + j];
      }
    }
  });
}

function gemm(memory: Memory, { a, packed, shape, transpose, c }: Gemm): Routine {
  const { floats, plan } = memory;
  const { k, n, groups, groupStride } = shape;
  const [locateA, locateC] = [locate(memory, a), locate(memory, c)];
  const weights = bufferAddress(packed, 0, plan) / 8;
  const inner = transpose ? groups * n : k;
  const columns = transpose ? k : groups * n;
  const gap = groupStride - n;
  return (...step) => {
    const rows = plan.shape.rows * (step[5] - step[4]);
    const [startA, startC] = [locateA(...step), locateC(...step)];
    for (let r = 0; r < rows; r++) {
      const row = startA + r * a.buffer.stride;
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let i = 0; i < inner; i++) {
          const skip = transpose ? Math.floor(i / n) * gap : 0;
          sum += floats[row + i + skip] * floats[weights + i * packed.stride + j];
        }
        const skip = transpose ? 0 : Math.floor(j / n) * gap;
        floats[startC + r * c.buffer.stride + j + skip] = sum;
      }
    }
  };
}

function outerProduct(memory: Memory, { a, b, gradient, shape }: OuterProduct): Routine {
  const { floats, plan } = memory;
  const [locateA, locateB] = [locate(memory, a), locate(memory, b)];
  const locateGradient = locate(memory, { buffer: gradient, shift: 0, column: 0 });
  const columns = shape.groups * shape.groupStride;
  return (...step) => {
    const rows = plan.shape.rows * (step[5] - step[4]);
    const [startA, startB, out] = [locateA(...step), locateB(...step), locateGradient(...step)];
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < shape.k; i++) {
        const factor = floats[startA + r * a.buffer.stride + i];
        const row = out + i * gradient.stride;
        for (let j = 0; j < columns; j++) floats[row + j] += factor * floats[startB + r * b.buffer.stride + j];
      }
    }
  };
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
