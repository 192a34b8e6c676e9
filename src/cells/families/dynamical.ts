import { z } from "zod";
import { antisymmetric } from "../antisymmetric.ts";
import { cornn } from "../cornn.ts";
import { type CellEntry, entry, inputInit, parametrization } from "../entry.ts";
import { lipschitz } from "../lipschitz.ts";

/** Discretised differential equations. */
export const dynamicalCells = {
  antisymmetric: entry(
    {
      description: "h += ε tanh(h W + x), W = M − Mᵀ − γI; or gated",
      paper: "Chang, Chen, Haber and Chi 2019",
      invariants: "every eigenvalue of W has the real part −γ",
    },
    {
      epsilon: z.number().positive().optional().describe("step size, default 0.01"),
      gamma: z.number().min(0).optional().describe("diffusion, default 0.01"),
      gated: z.boolean().optional().describe("input gate that shares W"),
      parametrization,
      inputInit,
    },
    antisymmetric,
  ),
  lipschitz: entry(
    {
      description: "h += ε (h A + tanh(h W + x)), A and W symmetric and skew parts weighted by β",
      paper: "Erichson, Azencot, Queiruga, Hodgkinson and Mahoney 2021",
      invariants: "A, W = β(M − Mᵀ) + (1 − β)(M + Mᵀ) − γI",
    },
    {
      epsilon: z.number().positive().optional().describe("step size, default 0.03"),
      beta: z.number().min(0).max(1).optional().describe("weight of the skew part, default 0.75"),
      gamma: z.number().min(0).optional().describe("diffusion, default 0.001"),
      parametrization,
      inputInit,
    },
    lipschitz,
  ),
  cornn: entry(
    {
      description: "coupled, driven and damped oscillators: states y and z = y′",
      paper: "Rusch and Mishra 2021",
      invariants: "each unit's force in (−1, 1)",
    },
    {
      dt: z.number().positive().optional().describe("time step, default 0.042"),
      gamma: z.number().min(0).optional().describe("squared frequency, default 2.7"),
      epsilon: z.number().min(0).optional().describe("damping, default 4.7"),
      parametrization,
      inputInit,
    },
    cornn,
  ),
} as const satisfies Record<string, CellEntry>;
