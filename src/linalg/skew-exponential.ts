import { type FieldKernels, scaleAndShift } from "./field.ts";

/**
 * A function that writes exp(A) of a skew-Hermitian A [n × n] to `out`, with its workspace allocated once. Diagonal Padé
 * approximant of degree 6 with scaling and squaring (Higham, "Functions of Matrices", 2008, section 10.3): N(A)·N(−A)⁻¹ of
 * a skew A is unitary whatever the degree, so only rounding leaves the group, doubled by each squaring.
 */
export function skewExponential(algebra: FieldKernels, n: number): (out: Float64Array, a: Float64Array) => void {
  const create = () => new Float64Array(algebra.length(n, n));
  const [scaled, second, fourth, sixth, odd, even] = [create(), create(), create(), create(), create(), create()];
  const shape = { m: n, k: n, n };
  return (out, a) => {
    const squarings = Math.max(0, Math.ceil(Math.log2(oneNorm(a, n) / SMALL)));
    for (let i = 0; i < a.length; i++) scaled[i] = a[i] / 2 ** squarings;
    algebra.multiply(second, scaled, scaled, shape);
    algebra.multiply(fourth, second, second, shape);
    algebra.multiply(sixth, fourth, second, shape);
    for (let i = 0; i < a.length; i++) {
      even[i] = C[2] * second[i] + C[4] * fourth[i] + C[6] * sixth[i];
      fourth[i] = C[3] * second[i] + C[5] * fourth[i];
    }
    scaleAndShift(even, n, 1, 1);
    scaleAndShift(fourth, n, 1, C[1]);
    algebra.multiply(odd, scaled, fourth, shape);
    for (let i = 0; i < a.length; i++) {
      second[i] = even[i] - odd[i];
      even[i] += odd[i];
    }
    algebra.invert(sixth, second, n);
    algebra.multiply(out, sixth, even, shape);
    for (let squaring = 0; squaring < squarings; squaring++) {
      algebra.multiply(sixth, out, out, shape);
      out.set(sixth);
    }
  };
}

/** Coefficients (12 − j)!·6! / (12!·j!·(6 − j)!) of N. */
const C = [1, 1 / 2, 5 / 44, 1 / 66, 1 / 792, 1 / 15840, 1 / 665280];

/** Below this norm the approximant's error, (6!)²/(12!·13!)·‖A‖¹³, is below rounding. */
const SMALL = 0.5;

/** An upper bound of ‖A‖₁: real and imaginary parts add up. */
function oneNorm(a: Float64Array, n: number): number {
  let worst = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let at = j; at < a.length; at += n) sum += Math.abs(a[at]);
    worst = Math.max(worst, sum);
  }
  return worst;
}
