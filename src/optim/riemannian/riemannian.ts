import { UsageError } from "../../errors.ts";
import { denseKernels } from "../../linalg/dense.ts";
import { fieldKernels } from "../../linalg/field.ts";
import type { FloatArray } from "../../linalg/kernels.ts";
import { polarProjection } from "../../linalg/polar.ts";
import { type Optimizer, optimizerState, type Precision } from "../optimizer.ts";
import { type RetractionName, retraction } from "./retractions.ts";
import { generator } from "./tangent.ts";

export interface RiemannianOptions {
  /** How a step comes back to the manifold. Default `cayley`, the published one. */
  readonly retraction?: RetractionName;
  /** Replace W by its polar factor every so many updates, against rounding errors. Default never, as published. */
  readonly projectEvery?: number;
}

/** What an update rule does between the gradient and the retraction. */
export interface DirectionRule {
  readonly tensors: Readonly<Record<string, FloatArray>>;
  /** Alters G = ∂L/∂W, before it is made tangent. */
  scaleGradient?(gradient: Float64Array): void;
  /** Turns the gradient's generator A into that of the direction, skew-Hermitian again; `count` is 1 at the first step. */
  direct?(generator: Float64Array, count: number): void;
}

/** `length` numbers of W, `generator` numbers of A. */
export type RuleOfSizes = (sizes: { length: number; generator: number }, precision: Precision) => DirectionRule;

/**
 * Descent on the Stiefel manifold, O(n) and U(n) among them: A = G·Wᴴ − W·Gᴴ, the rule makes a direction of it, and a retraction
 * takes W along −lr·A·W. Directions are kept as generators A: A·W is tangent at every W when A is skew-Hermitian, so
 * momentum travels from W to W by translation, an isometry of the group, and needs no projection. A step is computed in
 * float64 and rounded once; its workspace is allocated with the state.
 */
export function riemannianOptimizer(
  name: string,
  lr: number,
  options: RiemannianOptions,
  rule: RuleOfSizes,
): Optimizer {
  const { projectEvery } = options;
  const { bind } = retraction(options.retraction ?? "cayley");
  if (projectEvery !== undefined && !(Number.isInteger(projectEvery) && projectEvery > 0)) {
    throw new UsageError(
      `${name}: projectEvery is ${projectEvery}; give a number of updates, or leave it out for never.`,
    );
  }
  return {
    name,
    lr,
    manifold: "stiefel",
    create(length, precision, { manifold, kernels = denseKernels } = {}) {
      if (manifold === undefined) {
        throw new UsageError(
          `${name} steps on a manifold, but the ${length} parameters it is given lie on none; give it those of the parametrizations unitary or orthogonal, and the others rmsprop or adam.`,
        );
      }
      const { rows, columns, field } = manifold;
      const algebra = fieldKernels(field, kernels);
      const w = new Float64Array(algebra.length(rows, columns));
      const g = new Float64Array(w.length);
      const a = new Float64Array(algebra.length(rows, rows));
      const retract = bind(algebra, rows, columns);
      const project = projectEvery === undefined ? undefined : polarProjection(algebra, rows, columns);
      const { tensors, scaleGradient, direct } = rule({ length: w.length, generator: a.length }, precision);
      return optimizerState(name, w.length, tensors, (parameters, gradient, rate, count) => {
        w.set(parameters);
        g.set(gradient);
        scaleGradient?.(g);
        generator(a, g, w, algebra, rows, columns);
        direct?.(a, count);
        if (rate === 0) return;
        retract(w, a, rate);
        if (projectEvery !== undefined && count % projectEvery === 0) project?.(w);
        parameters.set(w);
      });
    },
  };
}

/** μ·u + A, kept in `velocity`, also left in `a`. */
export function addMomentum(a: Float64Array, velocity: FloatArray | undefined, momentum: number): void {
  if (velocity === undefined) return;
  for (let i = 0; i < a.length; i++) {
    a[i] += momentum * velocity[i];
    velocity[i] = a[i];
  }
}
