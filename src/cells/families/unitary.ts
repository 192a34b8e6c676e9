import { z } from "zod";
import { type CellEntry, entry, inputInit, parametrization } from "../entry.ts";
import { eurnn } from "../eurnn.ts";
import { kru } from "../kru.ts";
import { scurnn } from "../scurnn.ts";
import { fcurnn, urnn } from "../urnn.ts";

const permutationSeed = z.int().min(0).optional().describe("of the fixed permutation, default 0");
const modReluEpsilon = z.number().min(0).optional().describe("ε of modReLU's denominator |z| + ε");

/** Complex cells whose recurrent matrix is unitary or close to it. */
export const unitaryCells = {
  urnn: entry(
    {
      description: "complex, unitary W = D₃R₂F⁻¹D₂ΠR₁FD₁ in O(n log n), modReLU",
      paper: "Arjovsky, Shah and Bengio 2016",
      invariants: "WᴴW = I; W within a family of 7n parameters",
    },
    { permutationSeed, epsilon: modReluEpsilon, inputInit },
    urnn,
  ),
  fcurnn: entry(
    {
      description: "complex, any unitary W, moved along U(n) by a Riemannian optimiser, modReLU",
      paper: "Wisdom, Powers, Hershey, Le Roux and Atlas 2016",
      invariants: "WᴴW = I to the rounding the optimiser leaves",
    },
    { epsilon: modReluEpsilon, parametrization, inputInit },
    fcurnn,
  ),
  scurnn: entry(
    {
      description: "complex, unitary W by the scaled Cayley transform with trained phases, modReLU",
      paper: "Maduranga, Helfrich and Ye 2019",
      invariants: "WᴴW = I",
    },
    { epsilon: modReluEpsilon, parametrization, inputInit },
    scurnn,
  ),
  eurnn: entry(
    {
      description: "complex, unitary W of layers of plane rotations in O(n·L), modReLU",
      paper: "Jing et al. 2017",
      invariants: "WᴴW = I",
    },
    {
      capacity: z
        .union([z.int().min(1), z.literal("fft")])
        .optional()
        .describe("L, even, default 2; or fft"),
      epsilon: modReluEpsilon,
      inputInit,
    },
    eurnn,
  ),
  kru: entry(
    {
      description: "complex, W a Kronecker product of small factors, softly unitary, modReLU",
      paper: "Jose, Cissé and Fleuret 2018",
      invariants: "W = A₁ ⊗ … ⊗ A_K; unitary only as far as the penalty keeps it",
    },
    {
      factors: z.array(z.int().min(1)).optional().describe("sizes that multiply to the units; default: prime factors"),
      penalty: z.number().min(0).optional().describe("λ of the penalty on AᴴA − I, default 0.01"),
      epsilon: modReluEpsilon,
      inputInit,
    },
    kru,
  ),
} as const satisfies Record<string, CellEntry>;
