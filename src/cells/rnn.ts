import { add, relu, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, projection, real, recurrent } from "./cell.ts";

export interface RnnOptions {
  readonly activation?: "tanh" | "relu";
  readonly parametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/** Elman's network: h_t = φ(h_{t−1} W + x_t U + b), φ = tanh or ReLU. */
export function rnn({
  activation = "tanh",
  parametrization = "free",
  inputInit = "glorot-uniform",
}: RnnOptions = {}): Cell {
  const phi = activation === "relu" ? relu : tanh;
  return defineCell({
    name: "rnn",
    states: { h: real },
    inputs: { x: projection({ init: inputInit }) },
    maps: { W: recurrent({ parametrization }) },
    step: ({ h, x, W }) => ({ h: phi(add(W(h), x)) }),
  });
}

/** IRNN: a ReLU network whose W starts as `scale` times the identity (Le, Jaitly and Hinton 2015). */
export function irnn({ scale = 1, inputInit }: { scale?: number; inputInit?: InitializerSpec } = {}): Cell {
  const parametrization = { name: "free", init: { name: "identity", scale } } as const;
  return { ...rnn({ activation: "relu", parametrization, ...(inputInit && { inputInit }) }), name: "irnn" };
}
