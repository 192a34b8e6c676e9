import { UsageError, unknownName } from "../errors.ts";
import * as initializer from "./initializers.ts";

/** How a name in a configuration becomes an initializer. `options` lists its options with their defaults; null is required. */
export interface InitializerEntry {
  readonly description: string;
  readonly options: Readonly<Record<string, number | null>>;
  create(options: Readonly<Record<string, number>>): initializer.WeightInitializer;
}

/** Weight initializers by name. */
export const initializers = {
  "glorot-uniform": plain("uniform within ±√(6 / (fanIn + fanOut))", initializer.glorotUniform),
  "glorot-normal": plain("normal of variance 2 / (fanIn + fanOut)", initializer.glorotNormal),
  "he-uniform": plain("uniform within ±√(6 / fanIn)", initializer.heUniform),
  "he-normal": plain("normal of variance 2 / fanIn", initializer.heNormal),
  orthogonal: plain("Haar-uniform orthogonal, or orthonormal rows or columns", initializer.orthogonal),
  henaff: plain("plane rotations by t ~ U(−π, π), square", initializer.rotations(-Math.PI, Math.PI)),
  helfrich: plain("plane rotations by t ~ U[0, π/2], square", initializer.rotations(0, Math.PI / 2)),
  zeros: plain("all zero", initializer.zeros),
  identity: {
    description: "scale · I",
    options: { scale: 1 },
    create: ({ scale }) => initializer.identity(scale),
  },
  uniform: {
    description: "uniform in [low, high)",
    options: { low: null, high: null },
    create: ({ low, high }) => initializer.uniform(low, high),
  },
  normal: {
    description: "normal of mean 0 and standard deviation std",
    options: { std: null },
    create: ({ std }) => initializer.normal(std),
  },
  constant: {
    description: "every entry the same value",
    options: { value: null },
    create: ({ value }) => initializer.constant(value),
  },
} satisfies Record<string, InitializerEntry>;

export type InitializerName = keyof typeof initializers;

/** An initializer as code (a function) or as configuration: its name, alone or with its options beside it. */
export type InitializerSpec =
  | initializer.WeightInitializer
  | InitializerName
  | { readonly name: InitializerName; readonly [option: string]: number | string };

/**
 * The function a spec stands for: `"orthogonal"`, `{ name: "uniform", low: -0.01, high: 0.01 }` or a function itself.
 * Throws `UsageError` for an unknown name or option, a missing option, or one that is not a finite number.
 */
export function weightInitializer(spec: InitializerSpec): initializer.WeightInitializer {
  if (typeof spec === "function") return spec;
  const { name, ...given } = typeof spec === "string" ? { name: spec } : spec;
  if (!Object.hasOwn(initializers, name)) throw unknownName("initializer", name, Object.keys(initializers));
  const entry: InitializerEntry = initializers[name];
  const resolved: Record<string, number> = {};
  for (const [option, value] of Object.entries<number | string>(given)) {
    if (!Object.hasOwn(entry.options, option)) {
      throw unknownName(`option of the initializer ${name}`, option, Object.keys(entry.options));
    }
    if (typeof value !== "number")
      throw new UsageError(`The initializer ${name} has ${option} = "${value}"; give a number.`);
    resolved[option] = value;
  }
  for (const [option, fallback] of Object.entries(entry.options)) {
    if (option in resolved) continue;
    if (fallback === null) {
      throw new UsageError(`The initializer ${name} needs ${option}: { name: "${name}", ${option}: … }.`);
    }
    resolved[option] = fallback;
  }
  return entry.create(resolved);
}

function plain(description: string, function_: initializer.WeightInitializer): InitializerEntry {
  return { description, options: {}, create: () => function_ };
}
