import { describe, expect, it } from "vitest";
import { defineCell, perUnit, projection, real, recurrent } from "../cells/cell.ts";
import { createCell } from "../cells/registry.ts";
import { UsageError } from "../errors.ts";
import { topological } from "../expr/node.ts";
import { greater, select, tanh } from "../expr/ops.ts";
import type { Instruction } from "../plan/plan.ts";
import { type CompileRequest, compile } from "./compile.ts";
import type { CellEquations } from "./equations.ts";
import { planShape } from "./shape.ts";

const target = { element: "float32", lanes: 16 } as const;

function request(equations: CellEquations, more: Partial<CompileRequest> = {}): CompileRequest {
  return {
    input: { kind: "symbols", classes: 10 },
    layers: [{ equations, units: 64, initialState: "zero" }],
    head: { loss: "cross-entropy", size: 9, at: "every-step" },
    length: 100,
    batch: 20,
    mode: "train",
    target,
    ...more,
  };
}

const plan = (cell: string, options: Record<string, unknown> = {}, more: Partial<CompileRequest> = {}) =>
  compile(request(createCell(cell, options), more)).plan;
const kinds = (instructions: readonly Instruction[]) => instructions.map(({ kind }) => kind).join(" ");

describe("stages", () => {
  it("cut a step where maps are applied", () => {
    expect(kinds(plan("scornn").layers[0].step)).toBe("gemm elementwise");
    expect(kinds(plan("lstm").layers[0].step)).toBe("gemm elementwise");
    expect(kinds(plan("gru", { reset: "after" }).layers[0].step)).toBe("gemm elementwise");
    expect(kinds(plan("gru", { reset: "before" }).layers[0].step)).toBe("gemm elementwise gemm elementwise");
    expect(kinds(plan("lstm", { peephole: true }).layers[0].step)).toBe("gemm elementwise gemm elementwise");
  });

  it("multiply all gates in one product", () => {
    const [gemm] = plan("lstm").layers[0].step;
    expect(gemm.kind === "gemm" && gemm.shape.groups).toBe(4);
  });

  it("let the transposed product write the carried adjoint itself", () => {
    expect(kinds(plan("scornn").layers[0].stepAdjoint)).toBe("elementwise gemm");
    expect(kinds(plan("lstm").layers[0].stepAdjoint)).toBe("elementwise gemm");
  });
});

describe("loops", () => {
  it("stay within their buffers where a low-rank map only decides and has no gradient", () => {
    const cell = defineCell({
      name: "switch",
      states: { h: real },
      inputs: { x: projection() },
      maps: { W: recurrent({ structure: { name: "low-rank", rank: 3 } }) },
      step: ({ h, x, W }) => ({ h: select(greater(W(h), 0), tanh(x), h) }),
    });
    const { layers } = compile(request(cell)).plan;
    for (const instruction of [...layers[0].step, ...layers[0].stepAdjoint]) {
      if (instruction.kind !== "elementwise") continue;
      for (const output of instruction.outputs) {
        if (output.kind !== "store") continue;
        const { buffer, column } = output.ref;
        expect(column + instruction.width, buffer.name).toBeLessThanOrEqual(buffer.width);
      }
    }
  });
});

describe("what depends on parameters only", () => {
  it("is computed before the first step, and its gradient after the last", () => {
    const { layers, begin, end } = plan("lru");
    const transcendental = (list: readonly Instruction[]) =>
      list.some(
        (one) =>
          one.kind === "elementwise" &&
          topological(
            one.outputs.map(({ value }) => value),
            (node) => one.inputs.has(node),
          ).some((node) => node.kind === "operation" && ["exp", "cos"].includes(node.operator)),
      );
    expect(transcendental(begin)).toBe(true);
    expect(end.length).toBeGreaterThan(0);
    expect(transcendental([...layers[0].step, ...layers[0].stepAdjoint])).toBe(false);
  });
});

describe("what is kept for the backward pass", () => {
  const kept = (cell: string, options = {}, more: Partial<CompileRequest> = {}) =>
    plan(cell, options, more).buffers.filter((b) => b.time === "segment" && !/^layers\.0\.[hc]$/.test(b.name));

  it("is nothing but the states for tanh, ReLU and modReLU networks", () => {
    expect(kept("scornn")).toEqual([]);
    expect(kept("rnn")).toEqual([]);
    expect(kept("rnn", { activation: "relu" })).toEqual([]);
  });

  it("is five vectors per step for LSTM, one for a masked scoRNN", () => {
    expect(kept("scornn", {}, { masked: true }).reduce((sum, { width }) => sum + width, 0)).toBe(64);
    expect(kept("lstm").reduce((sum, { width }) => sum + width, 0)).toBe(5 * 64);
  });

  it("is the two parts of the map's result for complex modReLU, not its modulus and quotient", () => {
    const names = kept("urnn").map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith("layers.0.h"))).toEqual(["layers.0.W.product"]);
  });

  it("is nothing when only inferring, and grows with √length when checkpointing", () => {
    const workspace = (more: Partial<CompileRequest>) => plan("lstm", {}, more).layout.workspace;
    expect(workspace({ mode: "infer", length: 6400 })).toBe(workspace({ mode: "infer", length: 400 }));
    const ratio = workspace({ checkpointing: true, length: 6400 }) / workspace({ checkpointing: true, length: 400 });
    expect(ratio).toBeLessThan(5);
    expect(workspace({ length: 6400 }) / workspace({ length: 400 })).toBeGreaterThan(10);
  });
});

describe("buffers", () => {
  it("do not overlap within their scope", () => {
    const { buffers, layout } = plan("gru", { reset: "before" }, { masked: true, checkpointing: true });
    const bytes = { float: 4, int32: 4, float64: 8 };
    for (const scope of ["shared", "shard", "workspace"] as const) {
      let end = 0;
      for (const b of buffers.filter((buffer) => buffer.scope === scope)) {
        expect(b.offset).toBeGreaterThanOrEqual(end);
        expect(b.offset % 64).toBe(0);
        expect(b.stride).toBeGreaterThanOrEqual(b.width);
        end = b.offset + b.times * b.rows * b.stride * bytes[b.element];
      }
      expect(layout[scope]).toBeGreaterThanOrEqual(end);
    }
  });
});

describe("planShape", () => {
  it("covers the batch and the sequence for any sizes", () => {
    for (const batch of [1, 2, 7, 8, 20, 50, 128, 1000]) {
      for (const units of [1, 190, 512, 2048]) {
        for (const length of [1, 3, 100, 784]) {
          const s = planShape({ length, batch, units, mode: "train", checkpointing: length > 50 });
          expect(s.rows * s.shards).toBeGreaterThanOrEqual(batch);
          expect(s.chunk).toBeLessThanOrEqual(length);
          expect(s.segment === length || s.segment % s.chunk === 0).toBe(true);
        }
      }
    }
  });

  it("refuses lengths and batches that are not positive integers", () => {
    expect(() => planShape({ length: 0, batch: 1, units: 1, mode: "train", checkpointing: false })).toThrow(UsageError);
    expect(() => planShape({ length: 1, batch: 1.5, units: 1, mode: "train", checkpointing: false })).toThrow(
      /batch is 1.5/,
    );
  });
});

describe("cells that cannot be", () => {
  const slots = { states: { h: real }, inputs: { x: projection() } };
  it("are refused with the reason", () => {
    const W = recurrent();
    const unused = defineCell({ ...slots, name: "unused", maps: { W }, step: ({ x }) => ({ h: tanh(x) }) });
    expect(() => compile(request(unused))).toThrow(/never applied/);
    const clash = () => defineCell({ ...slots, name: "clash", vectors: { x: perUnit() }, step: ({ x }) => ({ h: x }) });
    expect(clash).toThrow(/"x" twice/);
    const wrong = { ...createCell("rnn"), step: () => ({}) };
    expect(() => compile(request(wrong))).toThrow(/expected its states \{h\}/);
  });
});
