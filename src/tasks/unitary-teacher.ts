import { denseKernels } from "../linalg/dense.ts";

/** A sequence of inputs [length × rows × 2n], each step's real parts before its imaginary ones, and room for the answers. */
export interface TeacherBatch {
  readonly length: number;
  readonly rows: number;
  readonly values: Float32Array;
  /** [length × rows × n]. */
  readonly regression: Float32Array;
}

export interface TeacherOptions {
  readonly units: number;
  /** W [n × n]: Re W row-major, then Im W. */
  readonly weight: Float64Array;
  /** The bias b of every unit. */
  readonly bias: number;
  /** ε of modReLU's denominator |z| + ε. */
  readonly epsilon: number;
}

/**
 * A function that fills in the answers y_t = Re h_t of h_t = σ_b(h_{t−1} W + x_t), h₀ = 0, σ_b(z) = z·max(|z| + b, 0)/(|z| + ε),
 * in float64. A row's answers do not depend on the other rows, to the bit.
 */
export function unitaryTeacher({ units: n, weight, bias, epsilon }: TeacherOptions): (batch: TeacherBatch) => void {
  const width = 2 * n;
  const embedded = realEmbedding(weight, n);
  let h = new Float64Array(0);
  let z = h;
  return ({ length, rows, values, regression }) => {
    const size = rows * width;
    if (h.length !== size) {
      h = new Float64Array(size);
      z = new Float64Array(size);
    }
    h.fill(0);
    for (let t = 0; t < length; t++) {
      denseKernels.multiply(z, h, embedded, { m: rows, k: width, n: width });
      for (let row = 0; row < rows; row++) {
        const at = row * width;
        const input = t * size + at;
        const answer = (t * rows + row) * n;
        for (let j = 0; j < n; j++) {
          const re = z[at + j] + values[input + j];
          const im = z[at + n + j] + values[input + n + j];
          const modulus = Math.sqrt(re * re + im * im);
          const scale = Math.max(modulus + bias, 0) / (modulus + epsilon);
          h[at + j] = re * scale;
          h[at + n + j] = im * scale;
          regression[answer + j] = h[at + j];
        }
      }
    }
  };
}

/** [[P, Q], [−Q, P]] [2n × 2n] of W = P + iQ, for row vectors of real parts beside imaginary ones. */
function realEmbedding(weight: Float64Array, n: number): Float64Array {
  const width = 2 * n;
  const out = new Float64Array(width * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const re = weight[i * n + j];
      const im = weight[n * n + i * n + j];
      out[i * width + j] = re;
      out[i * width + n + j] = im;
      out[(n + i) * width + j] = -im;
      out[(n + i) * width + n + j] = re;
    }
  }
  return out;
}
