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
  free: { description: "W = θ, all n² entries free", create: free },
  "scaled-cayley": {
    description: "orthogonal W = (I + A)⁻¹(I − A)·D, A skew-symmetric with n(n−1)/2 parameters (scoRNN)",
    create: scaledCayley,
  },
  exponential: {
    description: "orthogonal W = exp(A), A skew-symmetric with n(n−1)/2 parameters (expRNN)",
    create: exponential,
  },
  dtriv: {
    description: "orthogonal W = B·exp(A), the base B moving every K updates (dynamic trivializations)",
    create: dtriv,
  },
  householder: { description: "orthogonal W, a product of m Householder reflections (oRNN)", create: householder },
  svd: { description: "W = U·diag(s)·Vᵀ, singular values within a margin of 1", create: svd },
  schur: {
    description: "W = P(Λ + T)Pᵀ, rotations and a non-normal triangle, radii penalised towards 1 (nnRNN)",
    create: schur,
  },
  "spectral-norm": { description: "W = V·min(1, bound/‖V‖₂), V free", create: spectralNorm },
  "spectral-radius": { description: "W = V·min(1, bound/ρ(V)), V free", create: spectralRadius },
  antisymmetric: { description: "W = M − Mᵀ − γI, n(n−1)/2 parameters (AntisymmetricRNN)", create: antisymmetric },
  "symmetric-skew": {
    description: "W = β(M − Mᵀ) + (1 − β)(M + Mᵀ) − γI (Lipschitz RNN)",
    create: symmetricSkew,
  },
  "soft-orthogonal": { description: "W = θ with the penalty λ‖WᵀW − I‖²", create: softOrthogonal },
  "complex-free": { description: "complex W = θ, all 2n² numbers free", create: complexFree },
  "complex-cayley": {
    description: "unitary W = (I + A)⁻¹(I − A)·diag(e^{iω}), A skew-Hermitian, ω trained (scuRNN)",
    create: complexCayley,
  },
  unitary: {
    description: "unitary W = θ on the manifold U(n), for Riemannian optimisers (full-capacity uRNN)",
    create: fullUnitary,
  },
  orthogonal: {
    description: "orthogonal W = θ on the manifold O(n), for Riemannian optimisers",
    create: fullOrthogonal,
  },
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
 * Throws `UsageError` for an unknown name.
 */
export function parametrization(spec: ParametrizationSpec): Parametrization {
  if (typeof spec === "object" && "bind" in spec) return spec;
  const { name, ...options } = typeof spec === "string" ? { name: spec } : spec;
  if (!Object.hasOwn(parametrizations, name)) throw unknownName("parametrization", name, Object.keys(parametrizations));
  const create: (options: object) => Parametrization = parametrizations[name].create;
  return create(options);
}
