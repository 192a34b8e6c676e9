import type { FloatArray } from "../linalg/kernels.ts";
import { glorotUniform, type WeightInitializer, zeros } from "../parametrizations/initializers.ts";
import type { Parametrization } from "../parametrizations/parametrization.ts";
import { randomStream } from "../random/stream.ts";
import type { ModelSpec } from "./spec.ts";

export type ParameterRole = "recurrent" | "input" | "bias" | "vector" | "state" | "head";

/** A trainable array. `gradient` is ∂(mean loss)/∂values of the latest `Model.gradient`. */
export interface Parameter {
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: readonly number[];
  readonly values: FloatArray;
  readonly gradient: FloatArray;
}

/** A recurrent matrix [units × units] and the parameter it is a function of. */
export interface ParametrizedWeight {
  /** Name of the matrix, `layers.0.W`. */
  readonly name: string;
  readonly units: number;
  readonly parametrization: Parametrization;
  readonly parameter: Parameter;
}

export interface ModelParameters {
  readonly all: readonly Parameter[];
  readonly matrices: readonly ParametrizedWeight[];
}

/** Draws every parameter of a model, each from its own stream of the seed. */
export function initializeParameters(spec: ModelSpec, seed: number, element: "float32" | "float64"): ModelParameters {
  const all: Parameter[] = [];
  const matrices: ParametrizedWeight[] = [];
  const add = (name: string, role: ParameterRole, shape: readonly number[], draw: () => Float64Array): Parameter => {
    const drawn = draw();
    const values = element === "float32" ? Float32Array.from(drawn) : drawn;
    const gradient = element === "float32" ? new Float32Array(values.length) : new Float64Array(values.length);
    const parameter = { name, role, shape, values, gradient };
    all.push(parameter);
    return parameter;
  };
  const addWeight = (
    name: string,
    role: ParameterRole,
    fanIn: number,
    fanOut: number,
    init: WeightInitializer,
  ): void => {
    const shape = fanIn === 1 && role !== "input" && role !== "head" ? [fanOut] : [fanIn, fanOut];
    add(name, role, shape, () => init({ fanIn, fanOut }, randomStream(seed, `init/${name}`)));
  };

  let below = spec.input.kind === "symbols" ? spec.input.classes : spec.input.features;
  spec.layers.forEach(({ cell, units, initialState }, index) => {
    const prefix = `layers.${index}`;
    for (const [input, slot] of Object.entries(cell.projections)) {
      addWeight(`${prefix}.${input}.weight`, "input", below, units, slot.init);
      if (slot.bias) addWeight(`${prefix}.${input}.bias`, "bias", 1, units, slot.bias);
    }
    for (const [map, parametrization] of Object.entries(cell.parametrizations)) {
      const name = `${prefix}.${map}`;
      const isMatrix = parametrization.name === "free";
      const count = parametrization.parameterCount(units);
      const parameterName = isMatrix ? name : `${name}.theta`;
      const draw = () => parametrization.initialize(units, randomStream(seed, `init/${name}`));
      const parameter = add(parameterName, "recurrent", isMatrix ? [units, units] : [count], draw);
      matrices.push({ name, units, parametrization, parameter });
    }
    for (const [vector, init] of Object.entries(cell.vectorInitializers)) {
      addWeight(`${prefix}.${vector}`, "vector", 1, units, init);
    }
    if (initialState === "learned") {
      for (const state of cell.states) addWeight(`${prefix}.${state}.initial`, "state", 1, units, zeros);
    }
    below = units;
  });
  addWeight("head.weight", "head", below, spec.output.size, glorotUniform);
  add("head.bias", "bias", [spec.output.size], () => new Float64Array(spec.output.size));
  return { all, matrices };
}
