import type { z } from "zod";
import { dataDirectory } from "../data/directory.ts";
import { unknownName } from "../errors.ts";
import { adding, addingOptions } from "./adding.ts";
import { copying, copyingOptions } from "./copying.ts";
import { parseTaskOptions } from "./options.ts";
import { pixelMnist, pixelMnistOptions } from "./pixel-mnist.ts";
import { systemIdentification, systemIdentificationOptions } from "./system-identification.ts";
import type { Task } from "./task.ts";

/** What a run gives its task besides the options. */
export interface TaskContext {
  readonly seed: number;
  /** The folder of `--data DIR`, if given; see `dataDirectory`. */
  readonly dataDir?: string | undefined;
}

export interface TaskDefinition {
  readonly name: string;
  readonly description: string;
  /** Strict, with defaults and descriptions; its keys are the configuration's `task.*`. */
  readonly options: z.ZodObject;
  /**
   * The task for these options (`undefined` for all defaults).
   *
   * @throws UsageError for an unknown option or a value out of range
   * @throws DataError when its files are absent or corrupt
   */
  create(options: unknown, context: TaskContext): Task;
}

/** Every task `stiefel train` knows, by name. */
export const tasks: Readonly<Record<string, TaskDefinition>> = {
  copying: define({
    name: "copying",
    description: "recall ten symbols after a delay of T steps",
    options: copyingOptions,
    create: (options, { seed }) => copying({ ...options, seed }),
  }),
  adding: define({
    name: "adding",
    description: "add the two marked numbers of a long sequence",
    options: addingOptions,
    create: (options, { seed }) => adding({ ...options, seed }),
  }),
  "system-identification": define({
    name: "system-identification",
    description: "find the unitary matrix of a complex recurrent network from its answers to noise",
    options: systemIdentificationOptions,
    create: (options, { seed }) => systemIdentification({ ...options, seed }),
  }),
  "pixel-mnist": define({
    name: "pixel-mnist",
    description: "recognise a handwritten digit from its pixels, one per step, in order or permuted",
    options: pixelMnistOptions,
    create: (options, { seed, dataDir }) => pixelMnist({ ...options, seed, directory: dataDirectory({ dataDir }) }),
  }),
};

/**
 * The definition of a task's name.
 *
 * @throws UsageError with the closest names when there is none
 */
export function findTask(name: string): TaskDefinition {
  if (!Object.hasOwn(tasks, name)) throw unknownName("task", name, Object.keys(tasks));
  return tasks[name];
}

/** Lets `create` take the parsed options, whose type the record of all tasks cannot carry. */
function define<Schema extends z.ZodObject>({
  create,
  ...definition
}: Omit<TaskDefinition, "create" | "options"> & {
  readonly options: Schema;
  create(options: z.output<Schema>, context: TaskContext): Task;
}): TaskDefinition {
  const { name, options } = definition;
  return { ...definition, create: (given, context) => create(parseTaskOptions(name, options, given), context) };
}
