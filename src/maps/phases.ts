import type { FloatArray } from "../linalg/kernels.ts";

/** Unit complex numbers e^{iω} and unit vectors as functions of free numbers, for the coordinates of unitary structures. */

/** out ← (cos ω, sin ω): all real parts, then all imaginary parts. */
export function fillPhases(out: FloatArray, at: number, omega: FloatArray, from: number, n: number): void {
  for (let k = 0; k < n; k++) {
    out[at + k] = Math.cos(omega[from + k]);
    out[at + n + k] = Math.sin(omega[from + k]);
  }
}

/** ∂L/∂ω_k = cos ω_k·∂L/∂Im − sin ω_k·∂L/∂Re. */
export function pullbackPhases(
  thetaGradient: FloatArray,
  from: number,
  weightGradient: FloatArray,
  at: number,
  omega: FloatArray,
  n: number,
): void {
  for (let k = 0; k < n; k++) {
    const angle = omega[from + k];
    thetaGradient[from + k] = Math.cos(angle) * weightGradient[at + n + k] - Math.sin(angle) * weightGradient[at + k];
  }
}

/** out ← v/‖v‖ for `count` real numbers. Returns ‖v‖; a zero vector stays zero, and its reflection is the identity. */
export function normalize(out: FloatArray, at: number, v: FloatArray, from: number, count: number): number {
  let square = 0;
  for (let k = 0; k < count; k++) square += v[from + k] ** 2;
  const norm = Math.sqrt(square);
  for (let k = 0; k < count; k++) out[at + k] = norm > 0 ? v[from + k] / norm : 0;
  return norm;
}

/** With u = v/‖v‖: ∂L/∂v = (g − u·⟨u, g⟩)/‖v‖. */
export function pullbackNormalize(
  thetaGradient: FloatArray,
  from: number,
  weightGradient: FloatArray,
  at: number,
  v: FloatArray,
  count: number,
): void {
  let square = 0;
  let inner = 0;
  for (let k = 0; k < count; k++) {
    square += v[from + k] ** 2;
    inner += v[from + k] * weightGradient[at + k];
  }
  const norm = Math.sqrt(square);
  for (let k = 0; k < count; k++) {
    const radial = (v[from + k] * inner) / (square || 1);
    thetaGradient[from + k] = norm > 0 ? (weightGradient[at + k] - radial) / norm : 0;
  }
}
