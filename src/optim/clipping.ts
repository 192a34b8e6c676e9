import { UsageError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";

/**
 * Scales all gradients together so that their joint Euclidean norm is at most `max`: g ← g·min(1, max/(‖g‖ + 1e-6)) as
 * `torch.nn.utils.clip_grad_norm_` (Pascanu, Mikolov and Bengio 2013). Returns ‖g‖ from before, summed in float64 in the order
 * given. A norm that is NaN or infinite leaves the gradients as they are, for the caller to find the culprit.
 * Throws `UsageError` unless max > 0.
 */
export function clipGlobalNorm(gradients: readonly FloatArray[], max: number): number {
  assertPositive("clipGlobalNorm: max", max);
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  const norm = Math.sqrt(sum);
  const scale = max / (norm + 1e-6);
  if (scale < 1 && Number.isFinite(norm)) {
    for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
  }
  return norm;
}

/** Limits each entry to [−bound, bound]; NaN stays NaN. Throws `UsageError` unless bound > 0. */
export function clipElementwise(gradient: FloatArray, bound: number): void {
  assertPositive("clipElementwise: bound", bound);
  for (let i = 0; i < gradient.length; i++) {
    if (gradient[i] > bound) gradient[i] = bound;
    else if (gradient[i] < -bound) gradient[i] = -bound;
  }
}

function assertPositive(what: string, value: number): void {
  if (!(value > 0)) throw new UsageError(`${what} is ${value}; give a number above 0, or leave the clipping out.`);
}
