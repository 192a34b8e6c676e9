import { unknownName } from "../errors.ts";
import { antisymmetric } from "./antisymmetric.ts";
import { complexCayley } from "./complex-cayley.ts";
import { complexFree } from "./complex-free.ts";
import { dtriv } from "./dtriv.ts";
import { exponential } from "./exponential.ts";
import { free } from "./free.ts";
import { householder } from "./householder.ts";
import { fullOrthogonal } from "./orthogonal.ts";
import type { Parametrization } from "./parametrization.ts";
import { scaledCayley } from "./scaled-cayley.ts";
import { schur } from "./schur.ts";
import { softOrthogonal } from "./soft-orthogonal.ts";
import { spectralNorm } from "./spectral-norm.ts";
import { spectralRadius } from "./spectral-radius.ts";
import { svd } from "./svd.ts";
import { symmetricSkew } from "./symmetric-skew.ts";
import { fullUnitary } from "./unitary.ts";

/**
 * Parametrizations by name, each with a factory that works without options. What is listed here appears in
 * `stiefel list parametrizations` and is held to the conformance suite.
 */
export const parametrizations = {
  free: entry("W = θ, all n² entries free", free, { init: true }),
  "scaled-cayley": entry(
    "orthogonal W = (I + A)⁻¹(I − A)·D, A skew-symmetric with n(n−1)/2 parameters (scoRNN)",
    scaledCayley,
    { negativeOnes: true, init: true },
  ),
  exponential: entry("orthogonal W = exp(A), A skew-symmetric with n(n−1)/2 parameters (expRNN)", exponential, {
    init: true,
  }),
  dtriv: entry("orthogonal W = B·exp(A), the base B moving every K updates (dynamic trivializations)", dtriv, {
    rebaseEvery: true,
    projectEvery: true,
    init: true,
  }),
  householder: entry("orthogonal W, a product of m Householder reflections (oRNN)", householder, { reflections: true }),
  svd: entry("W = U·diag(s)·Vᵀ, singular values within a margin of 1", svd, {
    margin: true,
    factors: true,
    init: true,
  }),
  schur: entry("W = P(Λ + T)Pᵀ, rotations and a non-normal triangle, radii penalised towards 1 (nnRNN)", schur, {
    delta: true,
    decay: true,
    init: true,
  }),
  "spectral-norm": entry("W = V·min(1, bound/‖V‖₂), V free", spectralNorm, { bound: true, mode: true, init: true }),
  "spectral-radius": entry("W = V·min(1, bound/ρ(V)), V free", spectralRadius, { bound: true, mode: true, init: true }),
  antisymmetric: entry("W = M − Mᵀ − γI, n(n−1)/2 parameters (AntisymmetricRNN)", antisymmetric, {
    gamma: true,
    std: true,
  }),
  "symmetric-skew": entry("W = β(M − Mᵀ) + (1 − β)(M + Mᵀ) − γI (Lipschitz RNN)", symmetricSkew, {
    beta: true,
    gamma: true,
    init: true,
  }),
  "soft-orthogonal": entry("W = θ with the penalty λ‖WᵀW − I‖²", softOrthogonal, { strength: true, init: true }),
  "complex-free": entry("complex W = θ, all 2n² numbers free", complexFree, { init: true }),
  "complex-cayley": entry(
    "unitary W = (I + A)⁻¹(I − A)·diag(e^{iω}), A skew-Hermitian, ω trained (scuRNN)",
    complexCayley,
    { init: true },
  ),
  unitary: entry("unitary W = θ on the manifold U(n), for Riemannian optimisers (full-capacity uRNN)", fullUnitary, {
    init: true,
  }),
  orthogonal: entry("orthogonal W = θ on the manifold O(n), for Riemannian optimisers", fullOrthogonal, { init: true }),
} as const;

export type ParametrizationName = keyof typeof parametrizations;

/** A parametrization as code, or as configuration: its name, alone or with its options beside it. */
export type ParametrizationSpec =
  | Parametrization
  | ParametrizationName
  | { [N in ParametrizationName]: { readonly name: N } & FactoryOptions<N> }[ParametrizationName];

type FactoryOptions<N extends ParametrizationName> = NonNullable<Parameters<(typeof parametrizations)[N]["create"]>[0]>;

/**
 * What a spec stands for: `"free"`, `{ name: "scaled-cayley", negativeOnes: 0.1 }`, or a parametrization itself.
 * Throws `UsageError` for an unknown name or option.
 */
export function parametrization(spec: ParametrizationSpec): Parametrization {
  if (typeof spec === "object" && "bind" in spec) return spec;
  const { name, ...options } = typeof spec === "string" ? { name: spec } : spec;
  if (!Object.hasOwn(parametrizations, name)) throw unknownName("parametrization", name, Object.keys(parametrizations));
  const known: object = parametrizations[name].options;
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown !== undefined) throw unknownName(`option of the parametrization ${name}`, unknown, Object.keys(known));
  const create: (options: object) => Parametrization = parametrizations[name].create;
  return create(options);
}

/** `options` has the name of everything that `create` takes. */
function entry<O extends object>(
  description: string,
  create: (options?: O) => Parametrization,
  options: Readonly<Record<keyof O, true>>,
) {
  return { description, create, options };
}
