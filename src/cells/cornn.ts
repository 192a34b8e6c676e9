import { add, mul, sub, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import { uniform, type WeightInitializer } from "../parametrizations/initializers.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, projection, real, recurrent } from "./cell.ts";
import { requireNumbers } from "./require.ts";

export interface CornnOptions {
  /** Δt, the time step. Default 0.042. */
  readonly dt?: number;
  /** γ, the oscillators' squared frequency. Default 2.7. */
  readonly gamma?: number;
  /** ε, their damping. Default 4.7. */
  readonly epsilon?: number;
  /** Of W and V. */
  readonly parametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/**
 * coRNN, a network of coupled, driven and damped oscillators y″ = tanh(y W + y′ V + x U + b) − γ y − ε y′, with the velocity
 * z = y′ advanced first and y by the new z:
 *
 *     z_t = z_{t−1} + Δt (tanh(y_{t−1} W + z_{t−1} V + x_t U + b) − γ y_{t−1} − ε z_{t−1}),   y_t = y_{t−1} + Δt z_t
 *
 * (Rusch and Mishra, "Coupled Oscillatory Recurrent Neural Network", ICLR 2021; this order is that of their code). The layer's
 * output is y; y_0 = z_0 = 0. U starts within ±1/√(m + 2n) for m inputs, PyTorch's draw for the authors' one linear layer over
 * [x, z, y]; b, W and V within the same for m = 1 and m = 0, since they do not know m.
 *
 * The defaults are the authors' for sequential MNIST. Δt, γ and ε are what to tune: permuted MNIST 0.076, 0.4 and 8, adding
 * 0.06, 66 and 15. For long sequences, where gradients stay bounded without a constraint on W. Throws `UsageError` for Δt ≤ 0,
 * γ < 0 or ε < 0.
 */
export function cornn(options: CornnOptions = {}): Cell {
  const { dt = 0.042, gamma = 2.7, epsilon = 4.7, inputInit = input } = options;
  const { parametrization = { name: "free", init: coupling } } = options;
  requireNumbers("cornn", { dt }, { above: true });
  requireNumbers("cornn", { gamma, epsilon });
  return defineCell({
    name: "cornn",
    states: { y: real, z: real },
    inputs: { x: projection({ init: inputInit, bias: input }) },
    maps: { W: recurrent({ parametrization }), V: recurrent({ parametrization }) },
    output: "y",
    step: ({ y, z, x, W, V }) => {
      const force = tanh(add(add(W(y), V(z)), x));
      const velocity = add(z, mul(dt, sub(sub(force, mul(gamma, y)), mul(epsilon, z))));
      return { y: add(y, mul(dt, velocity)), z: velocity };
    },
  });
}

const input: WeightInitializer = (shape, random) => within(shape.fanIn + 2 * shape.fanOut)(shape, random);
const coupling: WeightInitializer = (shape, random) => within(2 * shape.fanOut)(shape, random);
const within = (fan: number) => uniform(-1 / Math.sqrt(fan), 1 / Math.sqrt(fan));
