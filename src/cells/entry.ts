import { z } from "zod";
import { UsageError } from "../errors.ts";
import { type InitializerSpec, initializers } from "../parametrizations/initializer-registry.ts";
import { type ParametrizationSpec, parametrizations } from "../parametrizations/registry.ts";
import { skewInitializers } from "../parametrizations/skew-init.ts";
import type { Cell } from "./cell.ts";

/** What is known of a cell besides its equations. Field, parameters and cost per step follow from what `create` gives. */
export interface CellEntry extends CellText {
  /** Options under `model.cell.*`. */
  readonly options: z.ZodObject;
  create(options?: Readonly<Record<string, unknown>>): Cell;
}

export interface CellText {
  readonly description: string;
  readonly paper: string;
  /** What holds for every value of the parameters, with the cell's default options. */
  readonly invariants: string;
}

/** An entry of the registry whose `create` checks options by `shape` (`UsageError`) before it calls `factory`. */
export function entry<S extends z.ZodRawShape>(
  text: CellText,
  shape: S,
  factory: (options: Present<z.output<z.ZodObject<S>>>) => Cell,
): CellEntry {
  const options = z.strictObject(shape);
  const create: CellEntry["create"] = (given = {}) => {
    const parsed = options.safeParse(given);
    if (parsed.success) return factory(present(parsed.data));
    const [{ path, message }] = parsed.error.issues;
    const value = JSON.stringify(given[String(path[0])]);
    throw new UsageError(`The cell's option ${path.join(".")} is ${value}: ${message}. Correct or leave it out.`);
  };
  return { ...text, options, create };
}

const oneOf = <T extends object>(registry: T) => z.enum(Object.keys(registry) as [keyof T & string]);

/** A name, or a name with options beside it; what the options are is checked when the thing is made. */
export const initializer = (of: string) =>
  z
    .union([oneOf(initializers), z.looseObject({ name: oneOf(initializers) })])
    .optional()
    .describe(`initialiser of ${of}`) as z.ZodType<InitializerSpec | undefined>;

export const inputInit = initializer("the input matrices");

export const skewInit = oneOf(skewInitializers).optional().describe("draw of the skew-symmetric matrix");

export const parametrization = z
  .union([oneOf(parametrizations), z.looseObject({ name: oneOf(parametrizations) })])
  .optional()
  .describe("parametrization of the recurrent matrices") as z.ZodType<ParametrizationSpec | undefined>;

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys that are undefined: options types distinguish absent from undefined. */
function present<T extends object>(options: T): Present<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Present<T>;
}
