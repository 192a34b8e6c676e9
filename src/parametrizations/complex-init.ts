import { UsageError, unknownName } from "../errors.ts";
import { denseKernels } from "../linalg/dense.ts";
import { fieldKernels } from "../linalg/field.ts";
import { haarUnitary, unitarityResidual } from "../linalg/unitary.ts";
import type { RandomStream } from "../random/stream.ts";

/** A draw of a complex W [n × n], used as `z @ W`: 2n² numbers, Re W row-major, then Im W. */
export type ComplexInitializer = (n: number, random: RandomStream) => Float64Array;

/**
 * Circular Gaussian, E|w|² = 1/n: a Rayleigh modulus and a uniform phase (Trabelsi et al., "Deep Complex Networks", 2018,
 * section 3.6, by Glorot's criterion for n inputs and outputs). Not unitary.
 */
export const complexGlorot: ComplexInitializer = (n, random) => {
  const deviation = Math.sqrt(1 / (2 * n));
  return Float64Array.from({ length: 2 * n * n }, () => deviation * random.normal());
};

/** W = I. */
export const complexIdentity: ComplexInitializer = (n) => {
  const out = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
};

/** Uniform over U(n). */
export const haar: ComplexInitializer = (n, random) => haarUnitary(n, random);

/**
 * A draw of the uRNN's structured matrix as a dense one: Wᵀ = D₃R₂F⁻¹D₂ΠR₁FD₁ for column vectors, with D = diag(e^{iω}), ω ~
 * U(−π, π), reflections R = I − 2vvᴴ/‖v‖² with the parts of v uniform, F the unitary DFT and Π a permutation (Arjovsky, Shah
 * and Bengio 2016, section 4.1). The full-capacity uRNN starts from it (Wisdom et al. 2016, in their code).
 */
export const unitaryProduct: ComplexInitializer = (n, random) => {
  const draw = (bound: number, length = n) => Float64Array.from({ length }, () => random.uniform(-bound, bound));
  const [first, second, third] = [draw(Math.PI), draw(Math.PI), draw(Math.PI)];
  const bound = Math.sqrt(6 / (2 + 2 * n));
  const [reflectionA, reflectionB] = [draw(bound, 2 * n), draw(bound, 2 * n)];
  const order = random.permutation(n);
  // Row j of W is what the factors make of the unit vector e_j, one after another.
  const fourier = unitaryDft(n);
  const start = fourier.slice();
  multiplyRows(start, first, n);
  reflect(start, reflectionA, n);
  permuteColumns(start, order, n);
  multiplyColumns(start, second, n);
  const w = new Float64Array(2 * n * n);
  fieldKernels("complex", denseKernels).multiply(w, start, fourier, { m: n, k: n, n, adjointB: true });
  reflect(w, reflectionB, n);
  multiplyColumns(w, third, n);
  return w;
};

/** Unitary draws by name. */
export const unitaryInitializers = {
  product: { description: "a draw of the uRNN's product of structured factors, dense", initialize: unitaryProduct },
  haar: { description: "uniform over the unitary matrices", initialize: haar },
  identity: { description: "W = I", initialize: complexIdentity },
} satisfies Record<string, { description: string; initialize: ComplexInitializer }>;

/** Draws of complex matrices by name. */
export const complexInitializers = {
  glorot: { description: "circular Gaussian of variance 1/n", initialize: complexGlorot },
  ...unitaryInitializers,
} satisfies Record<string, { description: string; initialize: ComplexInitializer }>;

export type UnitaryInitializerName = keyof typeof unitaryInitializers;
export type ComplexInitializerName = keyof typeof complexInitializers;

/** The function a name stands for, or the function itself. Throws `UsageError` for an unknown name. */
export function complexInitializer(spec: ComplexInitializer | ComplexInitializerName): ComplexInitializer {
  if (typeof spec === "function") return spec;
  if (!Object.hasOwn(complexInitializers, spec)) {
    throw unknownName("complex initializer", spec, Object.keys(complexInitializers));
  }
  return complexInitializers[spec].initialize;
}

/** As `complexInitializer`, for unitary matrices: what a function draws is checked. Throws `UsageError`. */
export function unitaryInitializer(spec: ComplexInitializer | UnitaryInitializerName): ComplexInitializer {
  if (typeof spec === "function") {
    return (n, random) => {
      const weight = spec(n, random);
      const residual = unitarityResidual(weight, n);
      if (residual < 1e-6) return weight;
      throw new UsageError(
        `The initial W has max |WᴴW − I| = ${residual}; a unitary parametrization starts at a unitary matrix. Return one.`,
      );
    };
  }
  if (!Object.hasOwn(unitaryInitializers, spec)) {
    throw unknownName("unitary initializer", spec, Object.keys(unitaryInitializers));
  }
  return unitaryInitializers[spec].initialize;
}

/** F_jk = e^{−2πi·jk/n}/√n, symmetric. */
function unitaryDft(n: number): Float64Array {
  const out = new Float64Array(2 * n * n);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < n; k++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      out[j * n + k] = Math.cos(angle) / Math.sqrt(n);
      out[n * n + j * n + k] = Math.sin(angle) / Math.sqrt(n);
    }
  }
  return out;
}

/** Z ← diag(e^{iω})·Z. */
function multiplyRows(z: Float64Array, angles: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) turn(z, i * n + j, angles[i], n);
}

/** Z ← Z·diag(e^{iω}). */
function multiplyColumns(z: Float64Array, angles: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) turn(z, i * n + j, angles[j], n);
}

function turn(z: Float64Array, at: number, angle: number, n: number): void {
  const [re, im] = [z[at], z[n * n + at]];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  z[at] = re * cos - im * sin;
  z[n * n + at] = re * sin + im * cos;
}

/** Each row z, read as a column: z ← z − 2v(vᴴz)/‖v‖². */
function reflect(z: Float64Array, v: Float64Array, n: number): void {
  let norm = 0;
  for (let i = 0; i < 2 * n; i++) norm += v[i] ** 2;
  for (let row = 0; row < n * n; row += n) {
    let [re, im] = [0, 0];
    for (let j = 0; j < n; j++) {
      re += v[j] * z[row + j] + v[n + j] * z[n * n + row + j];
      im += v[j] * z[n * n + row + j] - v[n + j] * z[row + j];
    }
    for (let j = 0; j < n; j++) {
      z[row + j] -= (2 / norm) * (v[j] * re - v[n + j] * im);
      z[n * n + row + j] -= (2 / norm) * (v[j] * im + v[n + j] * re);
    }
  }
}

function permuteColumns(z: Float64Array, order: Int32Array, n: number): void {
  const row = new Float64Array(n);
  for (let start = 0; start < 2 * n * n; start += n) {
    for (let j = 0; j < n; j++) row[j] = z[start + order[j]];
    z.set(row, start);
  }
}
