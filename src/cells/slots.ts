import { UsageError } from "../errors.ts";
import { complexDense } from "../maps/dense.ts";
import { type StructureSpec, structure } from "../maps/registry.ts";
import type { Structure } from "../maps/structure.ts";
import { type InitializerSpec, weightInitializer } from "../parametrizations/initializer-registry.ts";
import type { WeightInitializer } from "../parametrizations/initializers.ts";
import type { Parametrization } from "../parametrizations/parametrization.ts";
import { type ParametrizationSpec, parametrization } from "../parametrizations/registry.ts";

export type Field = "real" | "complex";

/** A state vector of one real or complex number per unit; a complex one is two states, `NAME.re` and `NAME.im`. */
export interface StateSlot<F extends Field = Field> {
  readonly field: F;
  /** Draw of a learned initial state, [1 × units] (of each part). Default zeros. */
  readonly init?: WeightInitializer;
}

/** The input projection x = u_t·U (+ bias) of one gate, U [inputs × units] real or complex. */
export interface ProjectionSlot<F extends Field = Field> {
  readonly field: F;
  /** A complex U is drawn as one real matrix [inputs × 2·units], real parts first. */
  readonly init: WeightInitializer;
  /** Draw of the bias [units]; undefined for none. */
  readonly bias?: WeightInitializer;
}

/** A recurrent map, applied as h @ W. */
export interface MapSlot<F extends Field = Field> {
  readonly field: F;
  readonly structure: Structure;
  /** How its square matrices come from θ; ignored by structures that bring coordinates of their own. */
  readonly parametrization: Parametrization;
}

/** A parameter vector [units]. */
export interface VectorSlot {
  readonly init: WeightInitializer;
  /** For parameter groups: weights of the recurrence itself are `recurrent`. Default `vector`. */
  readonly role?: "vector" | "recurrent";
}

export const real: StateSlot<"real"> = { field: "real" };
/** z = z.re + i·z.im. */
export const complexState: StateSlot<"complex"> = { field: "complex" };

export interface ProjectionOptions {
  readonly init?: InitializerSpec;
  readonly bias?: InitializerSpec | false;
}

/** An input projection; `bias` names its initialiser, `false` leaves it out. Default: Glorot uniform with a zero bias. */
export function projection(options: ProjectionOptions = {}): ProjectionSlot<"real"> {
  return projectionSlot("real", "zeros", options);
}

/** A complex input projection of a real input. Default: Glorot uniform on [inputs × 2·units] without a bias. */
export function complexProjection(options: ProjectionOptions = {}): ProjectionSlot<"complex"> {
  return projectionSlot("complex", false, options);
}

function projectionSlot<F extends Field>(
  field: F,
  usualBias: InitializerSpec | false,
  { init = "glorot-uniform", bias = usualBias }: ProjectionOptions,
): ProjectionSlot<F> {
  return { field, init: weightInitializer(init), ...(bias === false ? {} : { bias: weightInitializer(bias) }) };
}

/**
 * A real recurrent map: its structure (default dense), and the parametrization of its matrices, each a name, a name with
 * options, or an object of your own. Throws `UsageError` when one of them is complex.
 */
export function recurrent(
  options: { parametrization?: ParametrizationSpec; structure?: StructureSpec } = {},
): MapSlot<"real"> {
  const slot = {
    field: "real",
    structure: structure(options.structure ?? "dense"),
    parametrization: parametrization(options.parametrization ?? "free"),
  } as const;
  requireField("real", slot);
  return slot;
}

/** A complex recurrent map: a dense matrix with a complex parametrization, or a complex structure. */
export function complexRecurrent(
  options: { parametrization?: ParametrizationSpec; structure?: Structure } = {},
): MapSlot<"complex"> {
  const slot = {
    field: "complex",
    structure: options.structure ?? complexDense(),
    parametrization: parametrization(options.parametrization ?? "complex-free"),
  } as const;
  requireField("complex", slot);
  return slot;
}

function requireField(field: Field, slot: Pick<MapSlot, "structure" | "parametrization">): void {
  const { structure: own, parametrization: way } = slot;
  const [kind, name] = own.field !== field ? ["structure", own.name] : ["parametrization", way.name];
  if (own.field === field && way.properties.field === field) return;
  throw new UsageError(
    `The ${kind} "${name}" is ${field === "real" ? "complex" : "real"}, but this map is ${field}; ` +
      `use ${field === "real" ? "complexRecurrent and a complex state" : "recurrent and a real state"}, or another ${kind}.`,
  );
}

/** A parameter vector of one number per unit. Default: zeros. */
export function perUnit({
  init = "zeros",
  role = "vector",
}: {
  init?: InitializerSpec;
  role?: VectorSlot["role"];
} = {}): VectorSlot {
  return { init: weightInitializer(init), role };
}
