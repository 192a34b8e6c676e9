import type { Run } from "../runs/run.ts";
import type { Experiment } from "../train/experiment.ts";
import { formatNumber, progress } from "../train/progress.ts";
import { writeLine } from "./output.ts";
import type { Reporter } from "./reporter.ts";

/** For people: a live line on a terminal, plain lines in a pipe, the result at the end. */
export function textReporter(run: Run, experiment: Experiment): Reporter {
  const { config, task, iterations, notice } = experiment;
  return {
    start(iteration) {
      if (notice !== undefined) process.stderr.write(`stiefel: ${notice}\n`);
      writeLine(headline(experiment));
      const from = config.recipe === undefined ? "" : `settings of recipe ${config.recipe}, `;
      writeLine(
        `${from}${iterations} iterations of ${config.training.batch} rows, seed ${config.seed}, in ${run.folder}`,
      );
      if (iteration > 0) writeLine(`resumed at iteration ${iteration}`);
    },
    callback: progress({ stream: process.stdout }),
    interrupted(iteration) {
      writeLine(`Stopped at iteration ${iteration}; go on with: stiefel resume ${run.folder}`);
    },
    end({ history, seconds, metrics }) {
      const { iteration, loss, stepMs, stopReason } = history;
      if (stopReason !== undefined) writeLine(`Stopped: ${stopReason}.`);
      const share = `${formatNumber((100 * loss) / task.baseline)} % of the memoryless baseline ${formatNumber(task.baseline)}`;
      const scores = Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`);
      const pace = Number.isNaN(stepMs) ? "" : `, ${formatNumber(stepMs)} ms a step`;
      writeLine(`loss ${formatNumber(loss)} over the last 5 %: ${share}`);
      writeLine(`test: ${scores.join(", ")}`);
      writeLine(`${iteration} iterations in ${elapsed(seconds)}${pace}`);
      writeLine(`loss curve: ${run.path("loss.svg")}`);
    },
  };
}

/** "copying, 1020 steps: scornn of 190 units, 21764 parameters, native backend on 2 threads" */
export function headline({ config, task, model }: Experiment): string {
  const { cell, units, layers } = config.model;
  const size = layers === 1 ? `${units} units` : `${layers} × ${units} units`;
  const threads = `${model.threads} thread${model.threads === 1 ? "" : "s"}`;
  return (
    `${task.name}, ${task.length} steps: ${cell.name} of ${size}, ${model.parameterCount} parameters, ` +
    `${model.backend.name} backend on ${threads}`
  );
}

/** "8.2 s", "12 min 5 s", "2 h 3 min" */
function elapsed(seconds: number): string {
  if (seconds < 60) return `${formatNumber(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
