import { z } from "zod";
import { unknownName } from "../errors.ts";
import { antisymmetric } from "./antisymmetric.ts";
import type { Cell } from "./cell.ts";
import { cornn } from "./cornn.ts";
import { dtriv } from "./dtriv.ts";
import { type CellEntry, entry, initializer, inputInit, parametrization, skewInit } from "./entry.ts";
import { eurnn } from "./eurnn.ts";
import { exprnn } from "./exprnn.ts";
import { goru } from "./goru.ts";
import { gru } from "./gru.ts";
import { indrnn } from "./indrnn.ts";
import { kru } from "./kru.ts";
import { lipschitz } from "./lipschitz.ts";
import { lru } from "./lru.ts";
import { lstm } from "./lstm.ts";
import { mingru } from "./mingru.ts";
import { minlstm } from "./minlstm.ts";
import { nnrnn } from "./nnrnn.ts";
import { ornn } from "./ornn.ts";
import { irnn, rnn } from "./rnn.ts";
import { scornn } from "./scornn.ts";
import { scurnn } from "./scurnn.ts";
import { svdrnn } from "./svdrnn.ts";
import { fcurnn, urnn } from "./urnn.ts";

export type { CellEntry } from "./entry.ts";

const permutationSeed = z.int().min(0).optional().describe("of the fixed permutation, default 0");
const modReluEpsilon = z.number().min(0).optional().describe("ε of modReLU's denominator |z| + ε");

/** Cells by the names of `--cell`. */
export const cells = {
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
  goru: entry(
    {
      description: "gated recurrent unit with an orthogonal candidate matrix and modReLU",
      paper: "Jing et al. 2019",
      invariants: "QᵀQ = I; gates in (0, 1)",
    },
    { parametrization, gateParametrization: parametrization, inputInit },
    goru,
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
} as const satisfies Record<string, CellEntry>;

export type CellName = keyof typeof cells;

/** The cell called `name`. Throws `UsageError` for an unknown name or option. */
export function createCell(name: string, options: Readonly<Record<string, unknown>> = {}): Cell {
  if (!Object.hasOwn(cells, name)) throw unknownName("cell", name, Object.keys(cells));
  const entryOf = cells[name as CellName];
  const unknown = Object.keys(options).find((option) => !(option in entryOf.options.shape));
  if (unknown !== undefined) throw unknownName(`option of cell ${name}`, unknown, Object.keys(entryOf.options.shape));
  return entryOf.create(options);
}
