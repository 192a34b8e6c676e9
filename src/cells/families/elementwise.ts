import { z } from "zod";
import { type CellEntry, entry, initializer, inputInit } from "../entry.ts";
import { indrnn } from "../indrnn.ts";
import { lru } from "../lru.ts";
import { mingru } from "../mingru.ts";
import { minlstm } from "../minlstm.ts";

/** Cells whose units do not mix within a time step. */
export const elementwiseCells = {
  indrnn: entry(
    {
      description: "h = φ(x + u ⊙ h), one recurrent weight per unit",
      paper: "Li, Li, Cook, Zhu and Gao 2018",
      invariants: "units independent within a layer; h ≥ 0 with ReLU",
    },
    {
      activation: z.enum(["relu", "tanh"]).optional(),
      recurrentInit: initializer("u"),
      inputInit,
    },
    indrnn,
  ),
  mingru: entry(
    {
      description: "h = (1 − z) h + z h̃, gate and candidate of the input only",
      paper: "Feng, Tung, Ahmed, Bengio and Hajimirsadegh 2024",
      invariants: "h_t is a weighted mean of h_0 and the candidates",
    },
    { positive: z.boolean().optional().describe("candidates above 0"), inputInit },
    mingru,
  ),
  minlstm: entry(
    {
      description: "h = f h + i h̃ with f + i = 1, gates and candidate of the input only",
      paper: "Feng, Tung, Ahmed, Bengio and Hajimirsadegh 2024",
      invariants: "h_t is a weighted mean of h_0 and the candidates",
    },
    {
      positive: z.boolean().optional().describe("candidates above 0"),
      forgetBias: z.number().optional().describe("default 0"),
      inputInit,
    },
    minlstm,
  ),
  lru: entry(
    {
      description: "linear diagonal complex recurrence in a stable ring, ReLU readout",
      paper: "Orvieto et al. 2023",
      invariants: "|λ| < 1: z is stable",
    },
    {
      minRadius: z.number().min(0).max(1).optional().describe("of λ at the start, default 0.9"),
      maxRadius: z.number().min(0).max(1).optional().describe("default 0.999"),
      maxPhase: z.number().positive().optional().describe("default 2π"),
      inputInit,
    },
    lru,
  ),
} as const satisfies Record<string, CellEntry>;
