import { z } from "zod";
import { cells } from "../../cells/registry.ts";
import { UsageError, unknownName } from "../../errors.ts";
import { type StructureSpec, structures } from "../../maps/registry.ts";
import { type ParametrizationSpec, parametrizations } from "../../parametrizations/registry.ts";
import { findTask } from "../../tasks/registry.ts";
import { optimizerSchema, scheduleSchema } from "./optimizer-schema.ts";
import { isTree, type Tree } from "./tree.ts";
import { validate } from "./validate.ts";

/** A training run as plain data: what a recipe, the command line and `config.json` hold. */
export interface Config {
  /** The recipe it came from; changes nothing. */
  readonly recipe?: string | undefined;
  /** Name and options of a task (`stiefel list tasks`). */
  readonly task: { readonly name: string; readonly [option: string]: unknown };
  readonly model: ModelConfig;
  /** An optimiser with exceptions for roles and groups of parameters; see `OptimizerConfig`. */
  readonly optimizer: { readonly name: string; readonly lr: number; readonly [option: string]: unknown };
  readonly clip?: { readonly globalNorm?: number | undefined; readonly elementwise?: number | undefined } | undefined;
  readonly schedule?: { readonly name: string; readonly [option: string]: unknown } | undefined;
  readonly training: TrainingConfig;
  readonly checkpoint: {
    readonly everyIterations?: number | undefined;
    /** Default 30. */
    readonly everySeconds: number;
  };
  /** Of every random draw. Default 0. */
  readonly seed: number;
  readonly backend: "auto" | "native" | "wasm" | "reference";
  /** Default: as many as the machine runs at a time. The numbers do not depend on it. */
  readonly threads?: number | undefined;
  /** Bytes a plan may take. */
  readonly memoryLimit?: number | undefined;
  /** The folder that holds `mnist/` …, if it was named. */
  readonly data?: string | undefined;
}

export interface ModelConfig {
  readonly cell: { readonly name: string; readonly [option: string]: unknown };
  /** Of all recurrent maps, in place of the cell's own; see `withStructure`. */
  readonly structure?: StructureSpec | undefined;
  readonly parametrization?: ParametrizationSpec | undefined;
  /** Of each layer. */
  readonly units: number;
  readonly layers: number;
  /** Default: the cell's. */
  readonly initialState?: "zero" | "learned" | undefined;
  /** Keep only some states and compute the others again: memory grows with the square root of the length. */
  readonly checkpointing: boolean;
}

export interface TrainingConfig {
  readonly iterations?: number | undefined;
  readonly epochs?: number | undefined;
  readonly batch: number;
  readonly validateEvery?: number | undefined;
  readonly earlyStopping?:
    | {
        readonly patience?: number | undefined;
        readonly minDelta?: number | undefined;
        readonly monitor?: string | undefined;
        readonly mode?: "min" | "max" | undefined;
        readonly restoreBestWeights?: boolean | undefined;
      }
    | undefined;
}

/**
 * A checked configuration with its defaults filled in; task, cell, optimiser and schedule are held to their own options.
 *
 * @throws UsageError for an unknown name or path, with the closest ones, or a value of the wrong kind or range
 */
export function parseConfig(input: unknown): Config {
  if (!isTree(input)) throw new UsageError("The configuration is not an object of options.");
  const config = validate(configSchema(input), input, "The configuration") as unknown as Config;
  const { task, model } = config;
  return { ...config, task: nameFirst(task), model: { ...model, cell: nameFirst(model.cell) } };
}

/** For people who read `config.json`. */
function nameFirst<T extends { readonly name: string }>(section: T): T {
  return Object.assign({ name: section.name }, section);
}

/** The schema for the task, cell, optimiser and schedule that a configuration names. */
export function configSchema(input: Tree): z.ZodObject {
  const count = z.int().min(1);
  return z.strictObject({
    recipe: z.string().optional(),
    task: taskSchema(input.task),
    model: z.strictObject({
      cell: cellSchema((input.model as Tree | undefined)?.cell),
      structure: named(structures, "structure of the recurrent maps"),
      parametrization: named(parametrizations, "parametrization of the recurrent maps"),
      units: count.describe("of each layer"),
      layers: count.default(1),
      initialState: z.enum(["zero", "learned"]).optional().describe("default: the cell's"),
      checkpointing: z.boolean().default(false).describe("keep only some states, compute the others again"),
    }),
    optimizer: optimizerSchema(input.optimizer),
    clip: z.strictObject({ globalNorm: positive.optional(), elementwise: positive.optional() }).optional(),
    schedule: scheduleSchema(input.schedule).optional(),
    training: z.strictObject({
      iterations: count.optional(),
      epochs: count.optional(),
      batch: count.default(32).describe("rows"),
      validateEvery: count.optional().describe("iterations; default: each epoch"),
      earlyStopping: earlyStopping.optional(),
    }),
    checkpoint: z.strictObject({ everyIterations: count.optional(), everySeconds: positive.default(30) }).prefault({}),
    seed: z.int().min(0).default(0),
    backend: z.enum(["auto", "native", "wasm", "reference"]).default("auto"),
    threads: count.optional(),
    memoryLimit: positive.optional().describe("bytes"),
    data: z.string().min(1).optional().describe("folder that holds mnist/ …"),
  });
}

const positive = z.number().positive();

/** A name, or a name with its options beside it; what those may be is checked when the thing is made. */
function named<T extends object>(registry: T, description: string): z.ZodType {
  const name = z.enum(Object.keys(registry) as [keyof T & string]);
  return z
    .union([name, z.looseObject({ name })])
    .optional()
    .describe(description);
}

const earlyStopping = z.strictObject({
  patience: z.int().min(1).optional().describe("validations"),
  minDelta: z.number().min(0).optional(),
  monitor: z.string().optional().describe("validation metric"),
  mode: z.enum(["min", "max"]).optional(),
  restoreBestWeights: z.boolean().optional(),
});

function taskSchema(given: unknown): z.ZodObject {
  const name = requiredName(given, "task", "the task");
  const { options } = findTask(name);
  return options.safeExtend({ name: z.literal(name) });
}

function cellSchema(given: unknown): z.ZodObject {
  const name = requiredName(given, "model.cell", "the cell");
  if (!Object.hasOwn(cells, name)) throw unknownName("cell", name, Object.keys(cells));
  return cells[name as keyof typeof cells].options.safeExtend({ name: z.literal(name) }) as z.ZodObject;
}

function requiredName(given: unknown, path: string, what: string): string {
  const name = (given as { name?: unknown } | null | undefined)?.name;
  if (typeof name === "string") return name;
  throw new UsageError(`The configuration does not say ${what}: ${path}.name is ${JSON.stringify(name) ?? "missing"}.`);
}
