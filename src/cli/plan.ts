import { stringify } from "yaml";
import type { Experiment } from "../train/experiment.ts";
import { formatBytes, writeJson, writeLine } from "./output.ts";
import { headline } from "./text-reporter.ts";

/** `--dry-run`: the resolved configuration and the memory that a training step takes; refused above the limit. */
export function showPlan(experiment: Experiment, { json = false }: { readonly json?: boolean }): void {
  const { config, task, model, iterations, notice } = experiment;
  const { bytes, lines } = model.planSummary(task.length, config.training.batch);
  const parameters = model.parameterCount;
  const requireMemory = () => model.requireMemory(task.length, config.training.batch);
  if (json) {
    writeJson({ event: "plan", config, iterations, parameters, backend: model.backend.name, bytes, lines });
    requireMemory();
    return;
  }
  if (notice !== undefined) process.stderr.write(`stiefel: ${notice}\n`);
  writeLine(headline(experiment));
  writeLine(`\n${stringify(config).trimEnd()}\n`);
  writeLine(`memory of the plan: ${formatBytes(bytes)}`);
  for (const line of lines) writeLine(`  ${line}`);
  requireMemory();
  writeLine("\ndry run: nothing was trained or written");
}
