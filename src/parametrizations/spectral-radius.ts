import type { ComplexMatrix } from "../linalg/complex.ts";
import { estimateSpectralRadius, leftVector, type SpectralRadiusEstimate } from "../linalg/spectral/spectral-radius.ts";
import { genericVector } from "../linalg/spectral/vector.ts";
import { type NormalizedOptions, normalized, type SizeOf } from "./normalized.ts";
import type { Parametrization } from "./parametrization.ts";

/**
 * W = V·min(1, bound/ρ(V)) with V [n × n] free and ρ its spectral radius, or V·bound/ρ(V) with `mode: "normalize"`; θ [n²]
 * is V. Bounds the eigenvalues, not the norm: a non-normal W still amplifies for a while.
 *
 * ρ and its eigenvalue λ come from `linalg`'s estimator, which is right for complex pairs, unlike plain power iteration.
 * ∂ρ/∂V_ij = Re(λ̄/|λ|·ȳ_i·x_j/yᴴx) with V·x = λ·x, yᴴ·V = λ·yᴴ. The closer λ is to defective (yᴴx → 0), the larger this
 * derivative and the less exact ρ; below |yᴴx| = 1e-8 it has none worth following, and ρ counts as constant. Where two
 * pairs have the same modulus, that of one of them is used. ρ itself is right to about 1e-12/|yᴴx|.
 *
 * The buffers `right` and `left` [n], the real parts of x and y at the latest update, are where the iterations start.
 */
export function spectralRadius(options: NormalizedOptions = {}): Parametrization {
  return normalized("spectral-radius", options, () => Number.POSITIVE_INFINITY, sizeOf);
}

function sizeOf(n: number): SizeOf {
  const right = genericVector(n);
  const left = genericVector(n);
  const latest = new Float64Array(n * n);
  let found: SpectralRadiusEstimate | undefined;
  let leftFound: ComplexMatrix | undefined;
  return {
    buffers: { right, left },
    evaluate(v) {
      latest.set(v);
      leftFound = undefined;
      found = estimateSpectralRadius(latest, n, { start: right });
      return found.radius;
    },
    addGradient(out, factor) {
      if (found === undefined) return;
      leftFound ??= leftVector(latest, n, found.eigenvalue, left);
      addRadiusGradient(out, factor, found, leftFound);
    },
    remember() {
      if (found !== undefined) right.set(found.vector.re);
      if (leftFound !== undefined) left.set(leftFound.re);
    },
  };
}

/** out ← out + factor·Re(w·ȳ·xᵀ), w = λ̄/(|λ|·yᴴx). */
function addRadiusGradient(
  out: Float64Array,
  factor: number,
  { eigenvalue, radius, vector: x }: SpectralRadiusEstimate,
  y: ComplexMatrix,
): void {
  const n = y.re.length;
  let [re, im] = [0, 0];
  for (let i = 0; i < n; i++) {
    re += y.re[i] * x.re[i] + y.im[i] * x.im[i];
    im += y.re[i] * x.im[i] - y.im[i] * x.re[i];
  }
  const square = re * re + im * im;
  if (square < DEFECTIVE ** 2) return;
  const scale = factor / (radius * square);
  const wRe = scale * (eigenvalue.re * re - eigenvalue.im * im);
  const wIm = -scale * (eigenvalue.re * im + eigenvalue.im * re);
  for (let i = 0, at = 0; i < n; i++) {
    const onRe = wRe * y.re[i] + wIm * y.im[i];
    const onIm = wRe * y.im[i] - wIm * y.re[i];
    for (let j = 0; j < n; j++, at++) out[at] += onRe * x.re[j] + onIm * x.im[j];
  }
}

/** |yᴴx| of an eigenvalue that rounding cannot tell from a defective one. */
const DEFECTIVE = 1e-8;
