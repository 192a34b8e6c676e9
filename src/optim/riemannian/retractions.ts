import { unknownName } from "../../errors.ts";
import { type FieldKernels, scaleAndShift } from "../../linalg/field.ts";
import { polarProjection } from "../../linalg/polar.ts";
import { qr } from "../../linalg/qr.ts";
import { skewExponential } from "../../linalg/skew-exponential.ts";
import { complexQr } from "../../linalg/unitary.ts";

/**
 * W ← R_W(−t·A·W) in place, for W [rows × columns] with orthonormal columns and A [rows × rows] skew-Hermitian: a curve on the
 * manifold with W at t = 0 and the derivative −A·W there. Alters A.
 */
export type Retract = (w: Float64Array, a: Float64Array, t: number) => void;

interface RetractionEntry {
  readonly description: string;
  /** For one shape, with its workspace allocated once. */
  bind(algebra: FieldKernels, rows: number, columns: number): Retract;
}

/**
 * Ways back to the manifold. `cayley` and `exponential` multiply W by a unitary matrix, so they keep the rounding errors W
 * has; `qr` and `polar` mend them at every step.
 */
export const retractions = {
  cayley: { description: "(I + t/2·A)⁻¹(I − t/2·A)·W (Wen and Yin 2013)", bind: cayley },
  qr: { description: "Q of W − t·A·W = Q·R, diag R > 0; allocates", bind: qrFactor },
  polar: { description: "the nearest matrix with orthonormal columns to W − t·A·W", bind: polar },
  exponential: { description: "exp(−t·A)·W, a geodesic of the canonical metric", bind: exponential },
} as const satisfies Record<string, RetractionEntry>;

export type RetractionName = keyof typeof retractions;

/** The entry of a name. Throws `UsageError` for an unknown one. */
export function retraction(name: RetractionName): RetractionEntry {
  if (!Object.hasOwn(retractions, name)) throw unknownName("retraction", name, Object.keys(retractions));
  return retractions[name];
}

/** (I + B)⁻¹(I − B)W = 2(I + B)⁻¹W − W with B = t/2·A. */
function cayley(algebra: FieldKernels, rows: number, columns: number): Retract {
  const inverse = new Float64Array(algebra.length(rows, rows));
  const image = new Float64Array(algebra.length(rows, columns));
  return (w, a, t) => {
    scaleAndShift(a, rows, t / 2, 1);
    algebra.invert(inverse, a, rows);
    algebra.multiply(image, inverse, w, { m: rows, k: rows, n: columns });
    for (let i = 0; i < w.length; i++) w[i] = 2 * image[i] - w[i];
  };
}

function exponential(algebra: FieldKernels, rows: number, columns: number): Retract {
  const rotation = new Float64Array(algebra.length(rows, rows));
  const image = new Float64Array(algebra.length(rows, columns));
  const exp = skewExponential(algebra, rows);
  return (w, a, t) => {
    for (let i = 0; i < a.length; i++) a[i] *= -t;
    exp(rotation, a);
    algebra.multiply(image, rotation, w, { m: rows, k: rows, n: columns });
    w.set(image);
  };
}

function polar(algebra: FieldKernels, rows: number, columns: number): Retract {
  const step = straightStep(algebra, rows, columns);
  const project = polarProjection(algebra, rows, columns);
  return (w, a, t) => {
    step(w, a, t);
    project(w);
  };
}

function qrFactor(algebra: FieldKernels, rows: number, columns: number): Retract {
  const step = straightStep(algebra, rows, columns);
  return (w, a, t) => {
    step(w, a, t);
    if (algebra.field === "complex") {
      w.set(complexQr(w, rows, columns).q);
      return;
    }
    const { q, r } = qr(w, rows, columns);
    for (let i = 0; i < w.length; i++) w[i] = q[i] * (r[(i % columns) * (columns + 1)] < 0 ? -1 : 1);
  };
}

/** W ← W − t·A·W, off the manifold. */
function straightStep(algebra: FieldKernels, rows: number, columns: number): Retract {
  const image = new Float64Array(algebra.length(rows, columns));
  return (w, a, t) => {
    algebra.multiply(image, a, w, { m: rows, k: rows, n: columns });
    for (let i = 0; i < w.length; i++) w[i] -= t * image[i];
  };
}
