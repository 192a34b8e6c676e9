import { partNames } from "../cells/cell.ts";
import { ShapeError } from "../errors.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { glorotUniform, type WeightInitializer, zeros } from "../parametrizations/initializers.ts";
import type { Manifold } from "../parametrizations/parametrization.ts";
import { randomStream } from "../random/stream.ts";
import { type RecurrentMap, recurrentMap } from "./recurrent-map.ts";
import type { ModelSpec, PrescribedValues } from "./spec.ts";

export type ParameterRole = "recurrent" | "input" | "bias" | "vector" | "state" | "head";

/** An array of the model. `gradient` is ∂(mean loss)/∂values of the latest `Model.gradient`. */
export interface Parameter {
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: readonly number[];
  readonly values: FloatArray;
  readonly gradient: FloatArray;
  /** Prescribed rather than learned: training leaves it as it is. */
  readonly frozen: boolean;
  /** What the values have to stay on, for Riemannian optimisers. */
  readonly manifold?: Manifold;
}

/** A recurrent map, and its free numbers θ: all of its parameters one after another. */
export interface ParametrizedMap {
  /** `layers.0.W`. */
  readonly name: string;
  readonly units: number;
  readonly field: "real" | "complex";
  readonly map: RecurrentMap;
  readonly theta: FloatArray;
  readonly gradient: FloatArray;
  /** All of θ is prescribed. */
  readonly isFrozen: boolean;
}

export interface ModelParameters {
  readonly all: readonly Parameter[];
  readonly maps: readonly ParametrizedMap[];
}

/**
 * Draws every parameter of a model, each from its own stream of the seed; those that `prescribed` has values for are given
 * them and frozen. Throws `UsageError` when a recurrent map cannot have its size, `ShapeError` for a wrong number of values.
 */
export function initializeParameters(
  spec: ModelSpec,
  seed: number,
  element: "float32" | "float64",
  prescribed: PrescribedValues = () => undefined,
): ModelParameters {
  const all: Parameter[] = [];
  const maps: ParametrizedMap[] = [];
  const array = (values: Float64Array | number): FloatArray => {
    if (element === "float32") return typeof values === "number" ? new Float32Array(values) : Float32Array.from(values);
    return typeof values === "number" ? new Float64Array(values) : values;
  };
  const push = (parameter: Omit<Parameter, "frozen">): void => {
    const { name, shape, values } = parameter;
    const given = prescribed(name, shape);
    if (given !== undefined) prescribe(name, values, given);
    all.push({ ...parameter, frozen: given !== undefined });
  };
  const add = (name: string, role: ParameterRole, shape: readonly number[], drawn: Float64Array): void => {
    push({ name, role, shape, values: array(drawn), gradient: array(drawn.length) });
  };
  const addWeight = (name: string, role: ParameterRole, shape: Shape, init: WeightInitializer): void => {
    const isVector = shape.fanIn === 1 && role !== "input" && role !== "head";
    const drawn = init(shape, randomStream(seed, `init/${name}`));
    add(name, role, isVector ? [shape.fanOut] : [shape.fanIn, shape.fanOut], drawn);
  };

  let below = spec.input.kind === "symbols" ? spec.input.classes : spec.input.features;
  spec.layers.forEach(({ cell, units, initialState = cell.initialState }, index) => {
    const prefix = `layers.${index}`;
    const { inputs, states, vectors } = cell.slots;
    for (const [input, { field, init, bias }] of Object.entries(inputs)) {
      const parts = partNames(input, field);
      if (field === "real") addWeight(`${prefix}.${input}.weight`, "input", { fanIn: below, fanOut: units }, init);
      else {
        const drawn = init({ fanIn: below, fanOut: 2 * units }, randomStream(seed, `init/${prefix}.${input}.weight`));
        for (const [p, part] of parts.entries()) {
          add(`${prefix}.${part}.weight`, "input", [below, units], columns(drawn, below, units, p));
        }
      }
      if (bias)
        for (const part of parts) addWeight(`${prefix}.${part}.bias`, "bias", { fanIn: 1, fanOut: units }, bias);
    }
    for (const [name, slot] of Object.entries(cell.slots.maps)) {
      const map = recurrentMap(slot, name, units);
      const path = `${prefix}.${name}`;
      const theta = array(map.initialize(randomStream(seed, `init/${path}`)));
      const gradient = array(theta.length);
      let at = 0;
      for (const { suffix, shape } of map.parts) {
        const length = shape.reduce((product, size) => product * size, 1);
        const values = theta.subarray(at, at + length);
        const slice = gradient.subarray(at, at + length);
        const manifold = map.manifold && { manifold: map.manifold };
        push({ name: `${path}${suffix}`, role: "recurrent", shape, values, gradient: slice, ...manifold });
        at += length;
      }
      const isFrozen = all.slice(all.length - map.parts.length).every(({ frozen }) => frozen);
      maps.push({ name: path, units, field: slot.field, map, theta, gradient, isFrozen });
    }
    for (const [vector, { init, role = "vector" }] of Object.entries(vectors)) {
      addWeight(`${prefix}.${vector}`, role, { fanIn: 1, fanOut: units }, init);
    }
    if (initialState === "learned") {
      for (const [state, { field, init = zeros }] of Object.entries(states)) {
        for (const part of partNames(state, field)) {
          addWeight(`${prefix}.${part}.initial`, "state", { fanIn: 1, fanOut: units }, init);
        }
      }
    }
    below = units * cell.output.length;
  });
  addWeight("head.weight", "head", { fanIn: below, fanOut: spec.output.size }, glorotUniform);
  add("head.bias", "bias", [spec.output.size], new Float64Array(spec.output.size));
  return { all, maps };
}

function prescribe(name: string, values: FloatArray, given: Float64Array): void {
  if (given.length !== values.length) {
    throw new ShapeError(`${given.length} values are prescribed for "${name}", expected ${values.length}.`);
  }
  values.set(given);
}

interface Shape {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Columns p·width … of a matrix [rows × 2·width]. */
function columns(matrix: Float64Array, rows: number, width: number, p: number): Float64Array {
  return Float64Array.from({ length: rows * width }, (_, i) => {
    const row = Math.floor(i / width);
    return matrix[row * 2 * width + p * width + (i % width)];
  });
}
