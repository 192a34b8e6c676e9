import { add, mul, sigmoid, sub, tanh } from "../expr/ops.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import type { ParametrizationSpec } from "../parametrizations/registry.ts";
import { type Cell, defineCell, perUnit, projection, real, recurrent } from "./cell.ts";

export interface GruOptions {
  /**
   * `before`: c = tanh((r ⊙ h) W_c + x_c), Cho et al. (2014). `after`: c = tanh(r ⊙ (h W_c + d_c) + x_c), as cuDNN, PyTorch
   * and Keras compute it, with one product per step instead of two in sequence. Default `after`.
   */
  readonly reset?: "before" | "after";
  /** Of every recurrent matrix. */
  readonly parametrization?: ParametrizationSpec;
  readonly inputInit?: InitializerSpec;
}

/** Gated recurrent unit: r, z = σ(h W + x U + b), h_t = z ⊙ h_{t−1} + (1 − z) ⊙ c. */
export function gru({
  reset = "after",
  parametrization = "free",
  inputInit: init = "glorot-uniform",
}: GruOptions = {}): Cell {
  const shared = {
    name: "gru",
    states: { h: real },
    inputs: { xr: projection({ init }), xz: projection({ init }), xc: projection({ init }) },
    maps: {
      Wr: recurrent({ parametrization }),
      Wz: recurrent({ parametrization }),
      Wc: recurrent({ parametrization }),
    },
  };
  if (reset === "before") {
    return defineCell({
      ...shared,
      step: ({ h, xr, xz, xc, Wr, Wz, Wc }) => {
        const z = sigmoid(add(Wz(h), xz));
        const candidate = tanh(add(Wc(mul(sigmoid(add(Wr(h), xr)), h)), xc));
        return { h: add(mul(z, h), mul(sub(1, z), candidate)) };
      },
    });
  }
  return defineCell({
    ...shared,
    vectors: { dc: perUnit() },
    step: ({ h, xr, xz, xc, Wr, Wz, Wc, dc }) => {
      const z = sigmoid(add(Wz(h), xz));
      const candidate = tanh(add(mul(sigmoid(add(Wr(h), xr)), add(Wc(h), dc)), xc));
      return { h: add(mul(z, h), mul(sub(1, z), candidate)) };
    },
  });
}
