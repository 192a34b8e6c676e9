import { z } from "zod";
import { dtriv } from "../dtriv.ts";
import { type CellEntry, entry, initializer, inputInit, parametrization, skewInit } from "../entry.ts";
import { exprnn } from "../exprnn.ts";
import { goru } from "../goru.ts";
import { nnrnn } from "../nnrnn.ts";
import { ornn } from "../ornn.ts";
import { scornn } from "../scornn.ts";
import { svdrnn } from "../svdrnn.ts";

/** Real cells whose recurrent matrix is orthogonal or close to it. */
export const orthogonalCells = {
  scornn: entry(
    {
      description: "orthogonal W by the scaled Cayley transform, modReLU",
      paper: "Helfrich, Willmott and Ye 2018",
      invariants: "WᵀW = I",
    },
    {
      negativeOnes: z.number().min(0).optional().describe("−1 entries of D: fraction of the units, or count"),
      skewInit,
      thresholdInit: initializer("modReLU's b"),
      parametrization,
      inputInit,
    },
    scornn,
  ),
  exprnn: entry(
    {
      description: "orthogonal W = exp(A), modReLU",
      paper: "Lezcano-Casado and Martínez-Rubio 2019",
      invariants: "WᵀW = I, det W = 1",
    },
    { skewInit, parametrization, inputInit },
    exprnn,
  ),
  dtriv: entry(
    {
      description: "orthogonal W = B·exp(A) about a base that moves, modReLU",
      paper: "Lezcano-Casado 2019",
      invariants: "WᵀW = I, det W = 1",
    },
    {
      rebaseEvery: z
        .union([z.int().min(1), z.literal("never")])
        .optional()
        .describe("updates after which B moves to W, default 100"),
      projectEvery: z.int().min(1).optional().describe("moves after which B is made orthogonal again, default 100"),
      skewInit,
      inputInit,
    },
    dtriv,
  ),
  ornn: entry(
    {
      description: "orthogonal W, a product of Householder reflections, leaky ReLU",
      paper: "Mhammedi, Hellicar, Rahman and Bailey 2017",
      invariants: "WᵀW = I, rank(W − I) at most the reflections",
    },
    {
      reflections: z.int().min(1).optional().describe("default: as many as units"),
      slope: z.number().min(0).optional().describe("of the leaky ReLU, default 0.1"),
      parametrization,
      inputInit,
    },
    ornn,
  ),
  svdrnn: entry(
    {
      description: "tanh network, singular values of W within a margin of 1",
      paper: "Vorontsov, Trabelsi, Kadoury and Pal 2017",
      invariants: "singular values of W in [1 − m, 1 + m]; |h_t| ≤ 1 with tanh",
    },
    {
      margin: z.number().min(0).optional().describe("m, default 0.1"),
      activation: z.enum(["tanh", "relu"]).optional(),
      skewInit,
      inputInit,
    },
    svdrnn,
  ),
  nnrnn: entry(
    {
      description: "non-normal W = P(Λ + T)Pᵀ, its radii held near 1 by a penalty, modReLU",
      paper: "Kerg, Goyette, Puelma Touzel, Gidel, Vorontsov, Bengio and Lajoie 2019",
      invariants: "eigenvalues of W are γ e^{±iφ}",
    },
    {
      delta: z.number().min(0).optional().describe("weight of Σ(γ − 1)², default 0.1"),
      decay: z.number().min(0).optional().describe("weight of ‖T‖², default 1e-4"),
      skewInit,
      inputInit,
    },
    nnrnn,
  ),
  goru: entry(
    {
      description: "gated recurrent unit with an orthogonal candidate matrix and modReLU",
      paper: "Jing et al. 2019",
      invariants: "QᵀQ = I; gates in (0, 1)",
    },
    { parametrization, gateParametrization: parametrization, inputInit },
    goru,
  ),
} as const satisfies Record<string, CellEntry>;
