import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import {
  denseKernels,
  type Field,
  fieldKernels,
  frobeniusNorm,
  haarOrthogonal,
  haarUnitary,
  orthogonalityResidual,
  polarFactor,
  solve,
  transpose,
  unitarityResidual,
} from "../../linalg/index.ts";
import type { Manifold } from "../../parametrizations/parametrization.ts";
import { randomStream } from "../../random/stream.ts";
import { type OptimizerSpec, optimizer } from "../registry.ts";
import { generator, projectTangent } from "./index.ts";
import { type RetractionName, retractions } from "./retractions.ts";

const names = Object.keys(retractions) as RetractionName[];
const rules: OptimizerSpec[] = [
  { name: "riemannian-sgd", lr: 0.05 },
  { name: "riemannian-sgd", lr: 0.02, momentum: 0.7 },
  { name: "riemannian-rmsprop", lr: 0.01 },
  { name: "riemannian-rmsprop", lr: 0.01, secondMoment: "generator", momentum: 0.5 },
  { name: "riemannian-rmsprop", lr: 0.01, secondMoment: "scalar" },
  { name: "riemannian-adam", lr: 0.01 },
  { name: "riemannian-adam", lr: 0.01, secondMoment: "scalar", retraction: "polar" },
];
const shapes: [Field, number, number][] = [
  ["real", 8, 8],
  ["complex", 8, 8],
  ["real", 9, 4],
  ["complex", 7, 3],
];

function subject(field: Field, rows: number, columns: number) {
  const random = randomStream(rows * 10 + columns, `riemannian ${field}`);
  const algebra = fieldKernels(field, denseKernels);
  const count = algebra.length(rows, columns);
  const gaussian = (length = count) => Float64Array.from({ length }, () => random.normal());
  const manifold: Manifold = { name: "stiefel", field, rows, columns };
  const point = () =>
    field === "complex" ? haarUnitary(rows, random, columns) : haarOrthogonal(rows, random, columns);
  const residual = (w: Float32Array | Float64Array) =>
    field === "complex" ? unitarityResidual(w, columns, rows) : orthogonalityResidual(w, columns, rows);
  const multiply = (a: Float64Array, b: Float64Array, m: number, k: number, n: number, adjointA = false) => {
    const out = new Float64Array(algebra.length(m, n));
    algebra.multiply(out, a, b, { m, k, n, adjointA });
    return out;
  };
  const generatorOf = (g: Float64Array, w: Float64Array) => {
    const a = new Float64Array(algebra.length(rows, rows));
    generator(a, g, w, algebra, rows, columns);
    return a;
  };
  const create = (spec: OptimizerSpec, precision: "float32" | "float64" = "float64") =>
    optimizer(spec).create(count, precision, { manifold });
  return { algebra, count, gaussian, point, residual, multiply, generatorOf, create, manifold };
}

const distance = (a: Float64Array | Float32Array, b: Float64Array | Float32Array) => {
  expect(a.length).toBe(b.length);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
};

/** The real matrix that acts as a square complex one: [[P, −Q], [Q, P]]. */
function embedded(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(4 * n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [p, q] = [a[i * n + j], a[n * n + i * n + j]];
      out[2 * i * n + j] = p;
      out[2 * i * n + n + j] = -q;
      out[2 * (n + i) * n + j] = q;
      out[2 * (n + i) * n + n + j] = p;
    }
  }
  return out;
}

/** (I + λ/2·A)⁻¹(I − λ/2·A)·W with A = G·Wᵀ − W·Gᵀ, by a solve with all matrices real. */
function closedFormula(w: Float64Array, g: Float64Array, n: number, lambda: number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) a[i * n + j] += g[i * n + k] * w[j * n + k] - w[i * n + k] * g[j * n + k];
    }
  }
  const side = (sign: number) => a.map((value, at) => (sign * lambda * value) / 2 + (at % (n + 1) === 0 ? 1 : 0));
  const right = new Float64Array(n * n);
  denseKernels.multiply(right, side(-1), w, { m: n, k: n, n });
  return solve(side(1), right, n, n);
}

describe.each(shapes)("%s %i × %i", (field, rows, columns) => {
  const { algebra, count, gaussian, point, residual, multiply, generatorOf, create } = subject(field, rows, columns);
  const isSquare = rows === columns;

  it("projects onto the tangent space: tangent, idempotent, orthogonal to what it removes", () => {
    const [w, z] = [point(), gaussian()];
    const xi = projectTangent(z, w, algebra, rows, columns);
    const slope = multiply(w, xi, columns, rows, columns, true);
    const sum = multiply(xi, w, columns, rows, columns, true).map((value, i) => value + slope[i]);
    expect(frobeniusNorm(sum)).toBeLessThan(1e-13);
    expect(distance(projectTangent(xi, w, algebra, rows, columns), xi)).toBeLessThan(1e-13);
    const other = projectTangent(gaussian(), w, algebra, rows, columns);
    expect(Math.abs(z.reduce((total, value, i) => total + (value - xi[i]) * other[i], 0))).toBeLessThan(1e-12);
  });

  it("has the canonical gradient G − W·GᴴW as A·W, tangent, twice the projection for square W", () => {
    const [w, g] = [point(), gaussian()];
    const xi = multiply(generatorOf(g, w), w, rows, rows, columns);
    const gw = multiply(g, w, columns, rows, columns, true);
    const wgw = multiply(w, gw, rows, columns, columns);
    expect(
      distance(
        xi,
        g.map((value, i) => value - wgw[i]),
      ),
    ).toBeLessThan(1e-13);
    expect(distance(projectTangent(xi, w, algebra, rows, columns), xi)).toBeLessThan(1e-13);
    if (!isSquare) return;
    const projected = projectTangent(g, w, algebra, rows, columns);
    expect(
      distance(
        xi,
        projected.map((value) => 2 * value),
      ),
    ).toBeLessThan(1e-13);
  });

  it.each(names)("%s: starts at W along −A·W", (name) => {
    const retract = retractions[name].bind(algebra, rows, columns);
    const [w, g] = [point(), gaussian()];
    const velocity = multiply(generatorOf(g, w), w, rows, rows, columns);
    const at = (t: number) => {
      const moved = w.slice();
      retract(moved, generatorOf(g, w), t);
      return moved;
    };
    expect(distance(at(0), w)).toBeLessThan(1e-14);
    const h = 1e-5;
    const [ahead, behind] = [at(h), at(-h)];
    const derivative = ahead.map((value, i) => (behind[i] - value) / (2 * h));
    expect(distance(derivative, velocity)).toBeLessThan(1e-7);
  });

  it("cayley stays within the third order of the geodesic exp(−t·A)·W", () => {
    const [w, g] = [point(), gaussian()];
    const gap = (t: number) => {
      const [one, other] = [w.slice(), w.slice()];
      retractions.cayley.bind(algebra, rows, columns)(one, generatorOf(g, w), t);
      retractions.exponential.bind(algebra, rows, columns)(other, generatorOf(g, w), t);
      return distance(one, other);
    };
    const ratio = gap(0.02) / gap(0.01);
    expect(ratio).toBeGreaterThan(7);
    expect(ratio).toBeLessThan(9);
  });

  it.each(names)("%s: keeps to the manifold for 1000 steps of any size, to rounding", (name) => {
    const w = point();
    const state = create({ name: "riemannian-sgd", lr: 1, retraction: name });
    for (let step = 0; step < 1000; step++) state.step(w, gaussian(), [1e-4, 0.1, 3][step % 3]);
    expect(residual(w)).toBeLessThan(1e-12);
  });

  it.each(["qr", "polar"] as const)("%s mends float32's rounding at each step", (name) => {
    const w = Float32Array.from(point());
    const state = create({ name: "riemannian-sgd", lr: 1, retraction: name }, "float32");
    for (let step = 0; step < 1000; step++) state.step(w, Float32Array.from(gaussian()), 0.1);
    expect(residual(w)).toBeLessThan(3e-7);
  });

  it("projectEvery mends it every so many updates", () => {
    const drifted = (projectEvery?: number) => {
      const w = Float32Array.from(point());
      const spec = { name: "riemannian-sgd", lr: 0.1, ...(projectEvery && { projectEvery }) } as const;
      const state = create(spec, "float32");
      const start = subject(field, rows, columns);
      for (let step = 0; step < 3000; step++) state.step(w, Float32Array.from(start.gaussian()), 0.1);
      return residual(w);
    };
    expect(drifted(10)).toBeLessThan(3e-7);
    expect(drifted()).toBeGreaterThan(2 * drifted(10));
    expect(drifted()).toBeLessThan(1e-4);
  });

  describe.each(rules)("%o", (spec) => {
    it("descends ‖W − T‖²/2 on the manifold, to the polar factor of T", () => {
      // Near the minimum: O(n) has two components. Scaled number by number, a gradient must vanish there, as at T on the manifold.
      const near = (matrix: Float64Array, scale: number) => matrix.map((value, i) => value + scale * noise[i]);
      const nearest = point();
      const noise = gaussian();
      const isScaledFirst = spec.name === "riemannian-rmsprop" && !("secondMoment" in spec);
      const stretch = multiply(
        nearest,
        multiply(near(nearest, 0.1), near(nearest, 0.1), columns, rows, columns, true),
        rows,
        columns,
        columns,
      );
      const target = isScaledFirst ? nearest : stretch;
      const w = polarFactor(near(nearest, 0.1), rows, columns, field);
      const loss = () => 0.5 * w.reduce((sum, value, i) => sum + (value - target[i]) ** 2, 0);
      expect(distance(polarFactor(target, rows, columns, field), nearest)).toBeLessThan(1e-13);
      const best = 0.5 * nearest.reduce((sum, value, i) => sum + (value - target[i]) ** 2, 0);
      const state = create(spec);
      const losses = [loss()];
      const { lr } = optimizer(spec);
      for (let step = 0; step < 1500; step++) {
        state.step(
          w,
          w.map((value, i) => value - target[i]),
          lr * Math.min(1, 300 / (step + 1)) ** 4,
        );
        losses.push(loss());
      }
      expect(losses[1]).toBeLessThan(losses[0]);
      expect(residual(w)).toBeLessThan(1e-12);
      expect(loss() - best).toBeLessThan(1e-4 * (losses[0] - best));
      expect(distance(w, nearest)).toBeLessThan(0.02);
    });

    it.each(["float32", "float64"] as const)("goes on to the same %s bits after a restore", (precision) => {
      const Real = precision === "float32" ? Float32Array : Float64Array;
      const gradients = Array.from({ length: 12 }, () => Real.from(gaussian()));
      const straight = { state: create(spec, precision), w: Real.from(point()) };
      const resumed = { state: create(spec, precision), w: new Real(count) };
      gradients.forEach((gradient, step) => {
        if (step === 6) {
          const saved = Object.entries(straight.state.tensors()).map(([name, tensor]) => [name, tensor.slice()]);
          resumed.state.restore(Object.fromEntries(saved), straight.state.count);
          resumed.w.set(straight.w);
        }
        straight.state.step(straight.w, gradient, 0.01);
        if (step >= 6) resumed.state.step(resumed.w, gradient, 0.01);
      });
      expect(resumed.w).toEqual(straight.w);
      expect(resumed.state.tensors()).toEqual(straight.state.tensors());
    });

    it("stays where it is at a learning rate of 0", () => {
      const w = point();
      const kept = w.slice();
      const state = create(spec);
      for (let step = 0; step < 3; step++) state.step(w, gaussian(), 0);
      expect(w).toEqual(kept);
    });
  });
});

describe("the published step", () => {
  const n = 7;

  it("is (I + λ/2·A)⁻¹(I − λ/2·A)·W with A = G·Wᴴ − W·Gᴴ and the raw gradient, real and complex", () => {
    for (const lambda of [1e-3, 0.3, 5]) {
      const real = subject("real", n, n);
      const [w, g] = [real.point(), real.gaussian()];
      const expected = closedFormula(w, g, n, lambda);
      real.create({ name: "riemannian-sgd", lr: lambda }).step(w, g, lambda);
      expect(distance(w, expected)).toBeLessThan(1e-12);

      const complex = subject("complex", n, n);
      const [u, h] = [complex.point(), complex.gaussian()];
      const image = closedFormula(embedded(u, n), embedded(h, n), 2 * n, lambda);
      complex.create({ name: "riemannian-sgd", lr: lambda }).step(u, h, lambda);
      expect(distance(embedded(u, n), image)).toBeLessThan(1e-12);
    }
  });

  it("natGradRMS: G over √v + 1e-8, number by number, before A", () => {
    const { point, gaussian, create } = subject("complex", n, n);
    const w = point();
    const state = create({ name: "riemannian-rmsprop", lr: 1e-3 });
    const v = new Float64Array(w.length);
    for (let step = 0; step < 5; step++) {
      const g = gaussian();
      const scaled = g.map((value, i) => {
        v[i] = 0.9 * v[i] + 0.1 * value * value;
        return value / (Math.sqrt(v[i]) + 1e-8);
      });
      const expected = closedFormula(embedded(w, n), embedded(scaled, n), 2 * n, 1e-3);
      state.step(w, g, 1e-3);
      expect(distance(embedded(w, n), expected)).toBeLessThan(1e-12);
    }
    expect(distance(state.tensors().square, v)).toBeLessThan(1e-14);
  });

  it("is the same for W and for Wᵀ, rows or columns", () => {
    const { point, gaussian, create } = subject("complex", n, n);
    const [w, g] = [point(), gaussian()];
    const flip = (a: Float64Array) =>
      Float64Array.from([a.subarray(0, n * n), a.subarray(n * n)].flatMap((part) => [...transpose(part, n, n)]));
    const [turned, slope] = [flip(w), flip(g)];
    create({ name: "riemannian-sgd", lr: 0.2 }).step(w, g, 0.2);
    create({ name: "riemannian-sgd", lr: 0.2 }).step(turned, slope, 0.2);
    expect(distance(flip(turned), w)).toBeLessThan(1e-13);
  });
});

describe("options", () => {
  it.each<[unknown, RegExp]>([
    [{ name: "riemannian-sgd", lr: 1, retraction: "caley" }, /Did you mean "cayley"/],
    [{ name: "riemannian-sgd", lr: 1, projectEvery: 0 }, /projectEvery is 0/],
    [{ name: "riemannian-sgd", lr: 1, projectEvery: 2.5 }, /projectEvery is 2.5/],
    [{ name: "riemannian-sgd", lr: 1, momentum: 1 }, /momentum is 1/],
    [{ name: "riemannian-sgd" }, /lr is undefined/],
    [{ name: "riemannian-rmsprop", lr: 1, secondMoment: "scalr" }, /Did you mean "scalar"/],
    [{ name: "riemannian-rmsprop", lr: 1, decay: 1 }, /decay is 1/],
    [{ name: "riemannian-adam", secondMoment: "gradient" }, /second moment "gradient"/],
    [{ name: "riemannian-adam", beta1: -1 }, /beta1 is -1/],
  ])("%o is refused", (spec, message) => {
    expect(() => optimizer(spec as OptimizerSpec)).toThrow(UsageError);
    expect(() => optimizer(spec as OptimizerSpec)).toThrow(message);
  });

  it("refuses parameters that lie on no manifold, and other numbers than it has", () => {
    const sgd = optimizer({ name: "riemannian-sgd", lr: 1 });
    expect(() => sgd.create(4, "float64")).toThrow(/lie on none/);
    const state = subject("real", 8, 8).create({ name: "riemannian-sgd", lr: 1 });
    expect(() => state.step(new Float64Array(63), new Float64Array(64), 1)).toThrow(/64 parameters/);
  });
});
