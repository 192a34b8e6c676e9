import type { Factor, FactorChain } from "./plan.ts";

/** Complex numbers; in a real chain all imaginary parts are 0. */
export interface Vector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** One factor x ↦ y with the numbers of its weights. */
export interface Action {
  readonly at: number;
  /** How many numbers it has. */
  readonly count: number;
  apply(weights: Vector, x: Vector): Vector;
  /** Returns the adjoint at x for the adjoint b of y, and adds the weights' adjoints. */
  adjoint(weights: Vector, x: Vector, b: Vector, gradient: Vector): Vector;
}

export const zeros = (n: number): Vector => ({ re: new Float64Array(n), im: new Float64Array(n) });

export function actionOf(factor: Factor, { size }: FactorChain): Action {
  return factor.kind === "reflection" ? reflection(factor.at, size) : linear(factor, size);
}

/** One entry of a factor's matrix: y[to] += value · x[from], where value is a weight, or a constant. */
interface Entry {
  readonly to: number;
  readonly from: number;
  readonly weight?: number;
  readonly re?: number;
  readonly im?: number;
}

type LinearFactor = Exclude<Factor, { kind: "reflection" }>;

/** A factor whose matrix has weights for entries. */
function linear(factor: LinearFactor, n: number): Action {
  const list = [...entries(factor, n)];
  const count = list.reduce((most, { weight = -1 }) => Math.max(most, weight + 1), 0);
  const { to, from, weight } = {
    to: Int32Array.from(list, (entry) => entry.to),
    from: Int32Array.from(list, (entry) => entry.from),
    weight: Int32Array.from(list, (entry) => entry.weight ?? -1),
  };
  const constant = {
    re: Float64Array.from(list, (entry) => entry.re ?? 1),
    im: Float64Array.from(list, (entry) => entry.im ?? 0),
  };
  return {
    at: "at" in factor ? factor.at : 0,
    count,
    apply(weights, x) {
      const y = zeros(n);
      for (let e = 0; e < to.length; e++) {
        const [{ re, im }, i] = weight[e] < 0 ? [constant, e] : [weights, weight[e]];
        addProduct(y, to[e], re[i], im[i], x, from[e]);
      }
      return y;
    },
    adjoint(weights, x, b, gradient) {
      const c = zeros(n);
      for (let e = 0; e < to.length; e++) {
        const [{ re, im }, i] = weight[e] < 0 ? [constant, e] : [weights, weight[e]];
        addProduct(c, from[e], re[i], -im[i], b, to[e]);
        if (weight[e] >= 0) addProduct(gradient, weight[e], x.re[from[e]], -x.im[from[e]], b, to[e]);
      }
      return c;
    },
  };
}

function* entries(factor: LinearFactor, n: number): Generator<Entry> {
  switch (factor.kind) {
    case "diagonal":
      for (let k = 0; k < n; k++) yield { to: k, from: k, weight: k };
      break;
    case "fourier": {
      const turn = ((factor.inverse ? 2 : -2) * Math.PI) / n;
      const scale = 1 / Math.sqrt(n);
      for (let k = 0; k < n; k++) {
        for (let j = 0; j < n; j++) {
          const angle = turn * ((j * k) % n);
          yield { to: k, from: j, re: scale * Math.cos(angle), im: scale * Math.sin(angle) };
        }
      }
      break;
    }
    case "walsh":
      for (let k = 0; k < n; k++) {
        for (let j = 0; j < n; j++) yield { to: k, from: j, re: parity(j & k) / Math.sqrt(n) };
      }
      break;
    case "permutation":
      for (let j = 0; j < n; j++) yield { to: j, from: factor.index[j] };
      break;
    case "pairs": {
      const { first, second } = factor;
      const pairs = first.length;
      const paired = new Set([...first, ...second]);
      for (let k = 0; k < n; k++) if (!paired.has(k)) yield { to: k, from: k };
      for (let p = 0; p < pairs; p++) {
        const [i, j] = [first[p], second[p]];
        yield { to: i, from: i, weight: p };
        yield { to: i, from: j, weight: pairs + p };
        yield { to: j, from: i, weight: 2 * pairs + p };
        yield { to: j, from: j, weight: 3 * pairs + p };
      }
      break;
    }
    case "mode": {
      const { left, size, right } = factor;
      for (let l = 0; l < left; l++) {
        for (let p = 0; p < size; p++) {
          for (let q = 0; q < size; q++) {
            for (let r = 0; r < right; r++) {
              yield { to: (l * size + q) * right + r, from: (l * size + p) * right + r, weight: p * size + q };
            }
          }
        }
      }
      break;
    }
    case "sparse":
      for (let j = 0; j < n; j++) {
        for (let e = factor.columns[j]; e < factor.columns[j + 1]; e++)
          yield { to: j, from: factor.rows[e], weight: e };
      }
  }
}

/** y = x − 2·v·(vᴴx); with s = vᴴx and u = vᴴb the adjoint of v is −2·(b·s̄ + x·ū). */
function reflection(at: number, n: number): Action {
  const product = (v: Vector, x: Vector): Vector => {
    const sum = zeros(1);
    for (let k = 0; k < n; k++) addProduct(sum, 0, v.re[k], -v.im[k], x, k);
    return sum;
  };
  const apply = (v: Vector, x: Vector): Vector => {
    const y = { re: x.re.slice(), im: x.im.slice() };
    const { re, im } = product(v, x);
    for (let k = 0; k < n; k++) addProduct(y, k, -2 * re[0], -2 * im[0], v, k);
    return y;
  };
  return {
    at,
    count: n,
    apply,
    adjoint(v, x, b, gradient) {
      const [s, u] = [product(v, x), product(v, b)];
      for (let k = 0; k < n; k++) {
        addProduct(gradient, k, -2 * s.re[0], 2 * s.im[0], b, k);
        addProduct(gradient, k, -2 * u.re[0], 2 * u.im[0], x, k);
      }
      return apply(v, b);
    },
  };
}

/** y[at] += (re + i·im) · x[from] */
function addProduct(y: Vector, at: number, re: number, im: number, x: Vector, from: number): void {
  y.re[at] += re * x.re[from] - im * x.im[from];
  y.im[at] += re * x.im[from] + im * x.re[from];
}

function parity(bits: number): 1 | -1 {
  let sign: 1 | -1 = 1;
  for (let rest = bits; rest > 0; rest &= rest - 1) sign = sign === 1 ? -1 : 1;
  return sign;
}
