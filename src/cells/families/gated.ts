import { z } from "zod";
import { type CellEntry, entry, inputInit, parametrization } from "../entry.ts";
import { gru } from "../gru.ts";
import { lstm } from "../lstm.ts";
import { irnn, rnn } from "../rnn.ts";

/** Elman networks and gates. */
export const gatedCells = {
  rnn: entry(
    {
      description: "h = φ(h W + x U + b), φ = tanh or ReLU",
      paper: "Elman 1990",
      invariants: "|h_t| ≤ 1 with tanh",
    },
    { activation: z.enum(["tanh", "relu"]).optional(), parametrization, inputInit },
    rnn,
  ),
  irnn: entry(
    {
      description: "ReLU network started at the identity",
      paper: "Le, Jaitly and Hinton 2015",
      invariants: "h ≥ 0; W = I only at the start",
    },
    { scale: z.number().optional().describe("of the identity, default 1"), inputInit },
    irnn,
  ),
  lstm: entry(
    {
      description: "long short-term memory, forget bias 1",
      paper: "Hochreiter and Schmidhuber 1997",
      invariants: "gates in (0, 1), |h_t| ≤ 1",
    },
    {
      forgetBias: z.number().optional(),
      peephole: z.boolean().optional().describe("full matrix from c_t to the output gate"),
      parametrization,
      inputInit,
    },
    lstm,
  ),
  gru: entry(
    {
      description: "gated recurrent unit, reset before or after the matrix",
      paper: "Cho et al. 2014",
      invariants: "gates in (0, 1), |h_t| ≤ 1 from h_0 = 0",
    },
    { reset: z.enum(["before", "after"]).optional(), parametrization, inputInit },
    gru,
  ),
} as const satisfies Record<string, CellEntry>;
