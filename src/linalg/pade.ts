import { NonFiniteError } from "../errors.ts";
import type { DenseKernels } from "./kernels.ts";
import { frobeniusNorm } from "./matrix.ts";

/** r(A/2ˢ) of one size: the diagonal Padé approximant of exp whose degree and s fit A. */
export interface PadeApproximant {
  /** out ← r(A/2ˢ). Returns s, the number of squarings left to do. A must be finite. */
  evaluate(out: Float64Array, a: Float64Array): number;
  /** gradient ← the gradient by A of ⟨gradient, r(A/2ˢ)⟩ at the latest A; `value` is what `evaluate` gave. */
  adjoint(gradient: Float64Array, value: Float64Array): void;
}

/**
 * r = (V − U)⁻¹(V + U) = 2(V − U)⁻¹V − I with V the even and U = A·F the odd part of a polynomial of degree 3, 5, 7 or 13
 * (Higham 2005, (2.3) and algorithm 2.3), from the powers S₁ = A², S₂ = A⁴, S₃ = A⁶. At degree 13, V = S₃·Q + q and
 * F = S₃·P + p. Costs 1 to 6 products, one more for r, and an inverse; the adjoint 4 to 14 products.
 */
export function padeApproximant(n: number, kernels: DenseKernels, skew: boolean): PadeApproximant {
  const shape = { m: n, k: n, n };
  const matrix = () => new Float64Array(n * n);
  const [scaled, u, v, f, fBar, inverse, p, q, first, second] = Array.from({ length: 10 }, matrix);
  const powers = Array.from({ length: 3 }, matrix);
  const bars = Array.from({ length: 3 }, matrix);
  let degree = 3;
  let scale = 1;

  const times = (out: Float64Array, a: Float64Array, b: Float64Array) => kernels.multiply(out, a, b, shape);
  /** a·bᵀ and aᵀ·b. */
  const timesTransposed = (a: Float64Array, b: Float64Array) => {
    kernels.multiply(first, a, b, { ...shape, transposeB: true });
    return first;
  };
  const transposedTimes = (a: Float64Array, b: Float64Array) => {
    kernels.multiply(second, a, b, { ...shape, transposeA: true });
    return second;
  };

  /** Fills `powers` as far as the degree chosen needs, and returns a bound of the size of A that decides s. */
  const choose = (a: Float64Array): number => {
    const [s1, s2, s3] = powers;
    let size = oneNorm(a, n);
    const refine = (power: Float64Array, exponent: number) => {
      if (skew) size = Math.min(size, Math.min(oneNorm(power, n), frobeniusNorm(power)) ** (1 / exponent));
    };
    times(s1, a, a);
    refine(s1, 2);
    degree = 3;
    if (size <= REACH[3]) return size;
    times(s2, s1, s1);
    refine(s2, 4);
    degree = 5;
    if (size <= REACH[5]) return size;
    times(s3, s2, s1);
    refine(s3, 6);
    degree = size <= REACH[7] ? 7 : 13;
    return size;
  };

  return {
    evaluate(out, a) {
      const size = choose(a);
      const squarings = degree < 13 ? 0 : Math.max(0, Math.ceil(Math.log2(size / REACH[13])));
      if (!(squarings <= MOST_SQUARINGS)) {
        throw new NonFiniteError(
          `The ${n} × ${n} matrix to exponentiate has the norm ${size}, which leaves no correct digit; expected at most ${REACH[13] * 2 ** MOST_SQUARINGS}. Lower the learning rate of its parameters.`,
        );
      }
      scale = 2 ** -squarings;
      for (let i = 0; i < a.length; i++) scaled[i] = scale * a[i];
      for (let i = 0; scale < 1 && i < powers.length; i++) multiplyBy(powers[i], scale ** (2 * i + 2));
      const b = coefficients(degree);
      const low = Math.min(3, (degree - 1) / 2);
      combine(v, b, 0, low, powers, n);
      combine(f, b, 1, low, powers, n);
      if (degree === 13) {
        combine(q, [0, 0, b[8], 0, b[10], 0, b[12]], 0, 3, powers, n);
        combine(p, [0, 0, 0, b[9], 0, b[11], 0, b[13]], 1, 3, powers, n);
        times(first, powers[2], q);
        add(v, first, 1);
        times(first, powers[2], p);
        add(f, first, 1);
      }
      times(u, scaled, f);
      for (let i = 0; i < u.length; i++) first[i] = v[i] - u[i];
      kernels.invert(inverse, first, n);
      times(out, inverse, v);
      multiplyBy(out, 2);
      for (let i = 0; i < n * n; i += n + 1) out[i] -= 1;
      return squarings;
    },

    adjoint(gradient, value) {
      const b = coefficients(degree);
      const low = Math.min(3, (degree - 1) / 2);
      // N = V + U and D = V − U: N̄ = D⁻ᵀ·r̄ and D̄ = −N̄·rᵀ.
      gradient.set(transposedTimes(inverse, gradient));
      const down = timesTransposed(gradient, value);
      const [vBar, uBar] = [v, u];
      for (let i = 0; i < n * n; i++) {
        vBar[i] = gradient[i] - down[i];
        uBar[i] = gradient[i] + down[i];
      }
      if (skew) symmetrize(vBar, n);
      // U = A·F
      gradient.set(timesTransposed(uBar, f));
      fBar.set(transposedTimes(scaled, uBar));
      if (skew) symmetrize(fBar, n);
      bars.forEach((bar, i) => {
        for (let j = 0; j < n * n; j++) {
          bar[j] = i < low ? b[2 * i + 2] * vBar[j] + b[2 * i + 3] * fBar[j] : 0;
        }
      });
      if (degree === 13) {
        add(bars[2], timesTransposed(vBar, q), 1);
        add(bars[2], timesTransposed(fBar, p), 1);
        const qBar = transposedTimes(powers[2], vBar);
        bars.forEach((bar, i) => {
          add(bar, qBar, b[8 + 2 * i]);
        });
        const pBar = transposedTimes(powers[2], fBar);
        bars.forEach((bar, i) => {
          add(bar, pBar, b[9 + 2 * i]);
        });
      }
      if (low >= 3) {
        add(bars[1], timesTransposed(bars[2], powers[0]), 1);
        add(bars[0], transposedTimes(powers[1], bars[2]), 1);
      }
      if (low >= 2) addSquareAdjoint(bars[0], bars[1], powers[0], 1);
      addSquareAdjoint(gradient, bars[0], scaled, -1);
      multiplyBy(gradient, scale);
    },
  };

  /** out ← out + B·Xᵀ + Xᵀ·B, the adjoint of X². Of a skew A, B is symmetric up to rounding and Xᵀ = sign·X. */
  function addSquareAdjoint(out: Float64Array, bar: Float64Array, x: Float64Array, sign: 1 | -1): void {
    if (!skew) {
      add(out, timesTransposed(bar, x), 1);
      add(out, transposedTimes(x, bar), 1);
      return;
    }
    symmetrize(bar, n);
    const product = timesTransposed(bar, x);
    add(out, product, 1);
    // Xᵀ·B = (B·X)ᵀ = sign·(B·Xᵀ)ᵀ
    addTransposed(out, product, sign, n);
  }
}

/** ‖A‖₁, the largest sum of moduli of a column; NaN when A holds NaN. */
export function oneNorm(a: Float64Array, n: number): number {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sums[j] += Math.abs(a[i * n + j]);
  return sums.reduce((largest, sum) => Math.max(largest, sum), 0);
}

/** Sizes of A up to which the approximant of a degree is exact to rounding (Higham 2005, table 2.3). */
const REACH = {
  3: 1.495585217958292e-2,
  5: 2.53939833006323e-1,
  7: 9.504178996162932e-1,
  13: 5.371920351148152,
} as const;
const MOST_SQUARINGS = 48;

/** b_j = (2m − j)!·m! / ((2m)!·(m − j)!·j!), so that b₀ = 1. */
function coefficients(degree: number): readonly number[] {
  const b = [1];
  for (let j = 1; j <= degree; j++) b.push((b[j - 1] * (degree - j + 1)) / ((2 * degree - j + 1) * j));
  return b;
}

/** out ← Σ_{j = 0 … terms} b[2j + odd]·A^(2j). */
function combine(
  out: Float64Array,
  b: readonly number[],
  odd: 0 | 1,
  terms: number,
  powers: readonly Float64Array[],
  n: number,
): void {
  out.fill(0);
  for (let i = 0; i < n; i++) out[i * n + i] = b[odd];
  for (let j = 1; j <= terms; j++) add(out, powers[j - 1], b[2 * j + odd]);
}

function add(out: Float64Array, x: Float64Array, factor: number): void {
  for (let i = 0; i < out.length; i++) out[i] += factor * x[i];
}

function multiplyBy(out: Float64Array, factor: number): void {
  for (let i = 0; i < out.length; i++) out[i] *= factor;
}

/** X ← (X + Xᵀ)/2. */
function symmetrize(x: Float64Array, n: number): void {
  for (let top = 0; top < n; top += TILE) {
    for (let j = top + 1; j < n; j++) {
      const end = Math.min(top + TILE, j);
      for (let i = top; i < end; i++) {
        const mean = 0.5 * (x[i * n + j] + x[j * n + i]);
        x[i * n + j] = mean;
        x[j * n + i] = mean;
      }
    }
  }
}

function addTransposed(out: Float64Array, x: Float64Array, factor: number, n: number): void {
  for (let top = 0; top < n; top += TILE) {
    const bottom = Math.min(top + TILE, n);
    for (let j = 0; j < n; j++) for (let i = top; i < bottom; i++) out[i * n + j] += factor * x[j * n + i];
  }
}

/** Rows walked together, so that the strided half of the accesses stays in cache. */
const TILE = 16;
