import { z } from "zod";
import { UsageError, unknownName } from "../errors.ts";

/** Option shared by tasks that draw their examples. */
export const trainingExamples = z
  .int()
  .min(1)
  .optional()
  .describe("size of a fixed training set, run through in epochs; without it every batch is drawn fresh");

/** Option shared by tasks that draw their examples. */
export const heldOutExamples = z
  .int()
  .min(1)
  .default(1000)
  .describe("how many examples the validation and the test split each hold");

/**
 * The options of a task with their defaults filled in. Messages use the dotted path of the configuration (`task.delay`).
 *
 * @throws UsageError for an unknown option (with the closest names) or a value out of range
 */
export function parseTaskOptions<Schema extends z.ZodObject>(
  task: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(options ?? {});
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.code === "unrecognized_keys") {
      const valid = Object.keys(schema.shape).map((name) => `task.${name}`);
      throw unknownName(`option of the task ${task}`, `task.${issue.keys[0]}`, valid);
    }
  }
  const problems = parsed.error.issues.map(({ path, message }) => {
    const found = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], options);
    return `${["task", ...path].join(".")} is ${JSON.stringify(found) ?? "missing"}: ${message}`;
  });
  throw new UsageError(`The task ${task} cannot be set up: ${problems.join("; ")}. Correct the value with --set.`);
}
