import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { randomStream } from "../random/stream.ts";
import type { ModelState } from "./runner.ts";
import type { Batch } from "./spec.ts";

/** What is checked of a model; `Model` is one. */
export interface Differentiable {
  readonly parameters: readonly { readonly name: string; readonly values: FloatArray; readonly gradient: FloatArray }[];
  gradient(batch: Batch, state?: ModelState): unknown;
  loss(batch: Batch, state?: ModelState): { readonly loss: number };
  /** Of the parametrizations; `gradient` has its gradient too. */
  penalty?(): number;
  changed(): void;
}

export interface CheckGradientOptions {
  /** Entries of each parameter that are compared, chosen at random; all of them where there are no more. Default 20. */
  readonly samples?: number;
  /** ε: an entry θ is moved by ε·max(1, |θ|). Default 1e-6 where parameters are float64, 1e-2 where float32. */
  readonly step?: number;
  /** Of the choice of entries. Default 0. */
  readonly seed?: number;
  /** Initial states, for layers that take them from the batch. */
  readonly state?: ModelState;
}

export interface GradientCheck {
  /** The parameter, e.g. `layers.0.W.theta`. */
  readonly name: string;
  readonly samples: number;
  /** Largest |analytic − numeric| of the samples, relative to the parameter's largest gradient entry by either. */
  readonly maxRelativeError: number;
  /** The sample with that error. */
  readonly worst: { readonly index: number; readonly analytic: number; readonly numeric: number };
}

/**
 * Compares the gradient of a model with central differences of its loss, (L(θ + ε) − L(θ − ε)) / 2ε, parameter by
 * parameter. On the reference backend (float64) a right gradient agrees to about 1e-7; in float32 the loss itself carries
 * rounding of 1e-7, and with it the quotient of about 1e-5, so that only agreement to some per cent can be expected. Where
 * a nonlinearity has a kink (ReLU and modReLU at 0), a difference across it disagrees although nothing is wrong: try
 * parameters of another seed. (An odd number of scoRNN units starts with one that meets exactly 0.)
 *
 * The parameters are put back; `parameter.gradient` is left filled. Parameters without entries, such as the skew-symmetric
 * matrix of one unit, are left out. Throws `UsageError` for options out of range.
 */
export function checkGradient(
  model: Differentiable,
  batch: Batch,
  options: CheckGradientOptions = {},
): GradientCheck[] {
  const { samples = 20, step, seed = 0, state } = options;
  if (!Number.isInteger(samples) || samples < 1) {
    throw new UsageError(`checkGradient: samples is ${samples}, expected a whole number of at least 1.`);
  }
  if (step !== undefined && !(step > 0)) throw new UsageError(`checkGradient: step is ${step}, expected more than 0.`);
  model.gradient(batch, state);
  const present = model.parameters.filter(({ values }) => values.length > 0);
  return present.map(({ name, values, gradient }): GradientCheck => {
    const order = randomStream(seed, "check-gradient", values.length).permutation(values.length).slice(0, samples);
    const compared = [...order].map((index) => {
      const by = (step ?? (values instanceof Float64Array ? 1e-6 : 1e-2)) * Math.max(1, Math.abs(values[index]));
      return { index, analytic: gradient[index], numeric: difference(model, values, index, by, batch, state) };
    });
    const error = (sample: (typeof compared)[number]) => Math.abs(sample.analytic - sample.numeric);
    const worst = compared.reduce((a, b) => (error(b) > error(a) || Number.isNaN(error(b)) ? b : a));
    const scale = Math.max(largest(gradient), largest(compared.map(({ numeric }) => numeric)));
    const maxRelativeError = error(worst) === 0 ? 0 : error(worst) / scale;
    return { name, samples: compared.length, maxRelativeError, worst };
  });
}

function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]));
  return result;
}

/** ∂L/∂values[index] by central differences; the divisor is what the rounded values really differ by. */
function difference(
  model: Differentiable,
  values: FloatArray,
  index: number,
  by: number,
  batch: Batch,
  state: ModelState | undefined,
): number {
  const original = values[index];
  const lossAt = (value: number) => {
    values[index] = value;
    model.changed();
    return { at: values[index], loss: model.loss(batch, state).loss + (model.penalty?.() ?? 0) };
  };
  try {
    const above = lossAt(original + by);
    const below = lossAt(original - by);
    return (above.loss - below.loss) / (above.at - below.at);
  } finally {
    values[index] = original;
    model.changed();
  }
}
