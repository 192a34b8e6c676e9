import { z } from "zod";
import { unknownName } from "../errors.ts";
import type { InitializerSpec } from "../parametrizations/initializer-registry.ts";
import { initializers } from "../parametrizations/initializer-registry.ts";
import { type ParametrizationSpec, parametrizations } from "../parametrizations/registry.ts";
import { skewInitializers } from "../parametrizations/skew-init.ts";
import type { Cell } from "./cell.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { irnn, rnn } from "./rnn.ts";
import { scornn } from "./scornn.ts";

const names = <T extends object>(registry: T) => z.enum(Object.keys(registry) as [keyof T & string]);

/** A name, or a name with options beside it; what the options are is checked when the thing is made. */
const initializer = z
  .union([names(initializers), z.looseObject({ name: names(initializers) })])
  .optional()
  .describe("initialiser of the input matrices") as z.ZodType<InitializerSpec | undefined>;
const parametrization = z
  .union([names(parametrizations), z.looseObject({ name: names(parametrizations) })])
  .optional()
  .describe("parametrization of the recurrent matrices") as z.ZodType<ParametrizationSpec | undefined>;

export interface CellEntry {
  readonly description: string;
  readonly paper: string;
  /** Options under `model.cell.*`. */
  readonly options: z.ZodObject;
  create(options?: Readonly<Record<string, unknown>>): Cell;
}

function entry<S extends z.ZodRawShape>(
  text: { description: string; paper: string },
  shape: S,
  factory: (options: z.output<z.ZodObject<S>>) => Cell,
): CellEntry {
  const options = z.strictObject(shape);
  return { ...text, options, create: (given = {}) => factory(options.parse(given)) };
}

/** Cells by the names of `--cell`. */
export const cells = {
  rnn: entry(
    { description: "h = φ(h W + x U + b), φ = tanh or ReLU", paper: "Elman 1990" },
    { activation: z.enum(["tanh", "relu"]).optional(), parametrization, inputInit: initializer },
    (o) => rnn(defined(o)),
  ),
  irnn: entry(
    { description: "ReLU network started at the identity", paper: "Le, Jaitly and Hinton 2015" },
    { scale: z.number().optional().describe("of the identity, default 1"), inputInit: initializer },
    (o) => irnn(defined(o)),
  ),
  lstm: entry(
    { description: "long short-term memory, forget bias 1", paper: "Hochreiter and Schmidhuber 1997" },
    {
      forgetBias: z.number().optional(),
      peephole: z.boolean().optional().describe("full matrix from c_t to the output gate"),
      parametrization,
      inputInit: initializer,
    },
    (o) => lstm(defined(o)),
  ),
  gru: entry(
    { description: "gated recurrent unit, reset before or after the matrix", paper: "Cho et al. 2014" },
    { reset: z.enum(["before", "after"]).optional(), parametrization, inputInit: initializer },
    (o) => gru(defined(o)),
  ),
  scornn: entry(
    { description: "orthogonal W by the scaled Cayley transform, modReLU", paper: "Helfrich, Willmott and Ye 2018" },
    {
      negativeOnes: z.number().min(0).optional().describe("−1 entries of D: fraction of the units, or count"),
      skewInit: names(skewInitializers).optional(),
      parametrization,
      inputInit: initializer,
    },
    (o) => scornn(defined(o)),
  ),
} as const satisfies Record<string, CellEntry>;

export type CellName = keyof typeof cells;

/** The cell called `name`. Throws `UsageError` for an unknown name or option. */
export function createCell(name: string, options: Readonly<Record<string, unknown>> = {}): Cell {
  if (!Object.hasOwn(cells, name)) throw unknownName("cell", name, Object.keys(cells));
  const entryOf = cells[name as CellName];
  const unknown = Object.keys(options).find((option) => !(option in entryOf.options.shape));
  if (unknown !== undefined) throw unknownName(`option of cell ${name}`, unknown, Object.keys(entryOf.options.shape));
  return entryOf.create(options);
}

/** Without the keys that are undefined: options types distinguish absent from undefined. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
