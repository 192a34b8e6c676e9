import type { Run } from "../runs/run.ts";
import type { Callback } from "../train/callback.ts";
import type { Experiment } from "../train/experiment.ts";
import { RateMeter } from "../train/rate-meter.ts";
import { writeJson } from "./output.ts";
import type { Reporter } from "./reporter.ts";

/** Newline-delimited JSON: start, progress about twice a second, validation, and last end or interrupted. */
export function jsonReporter(run: Run, { config, task, model, iterations, notice }: Experiment): Reporter {
  const subject = {
    run: run.folder,
    task: task.name,
    cell: config.model.cell.name,
    units: config.model.units,
    parameters: model.parameterCount,
  };
  return {
    start(iteration) {
      writeJson({
        event: "start",
        ...subject,
        layers: config.model.layers,
        iteration,
        iterations,
        batch: config.training.batch,
        seed: config.seed,
        backend: model.backend.name,
        threads: model.threads,
        recipe: config.recipe,
        baseline: task.baseline,
        notice,
      });
    },
    callback: progressEvents(task.baseline),
    interrupted(iteration) {
      writeJson({ event: "interrupted", run: run.folder, iteration, resume: `stiefel resume ${run.folder}` });
    },
    end({ history, seconds, metrics }) {
      const { iteration, stepMs, loss, stopReason } = history;
      if (stopReason !== undefined) writeJson({ event: "stopped", iteration, reason: stopReason });
      const { baseline } = task;
      writeJson({ event: "end", ...subject, iterations: iteration, seconds, stepMs, loss, baseline, metrics });
    },
  };
}

function progressEvents(baseline: number): Callback {
  const meter = new RateMeter();
  let begun = { time: 0, iteration: 0 };
  let written = 0;
  return {
    onTrainBegin({ iteration }) {
      begun = { time: performance.now(), iteration };
    },
    onBatchEnd({ iterations }, { iteration, epoch, loss, gradientNorm, lr, stepMs }) {
      const now = performance.now();
      if (iteration === begun.iteration + 1) meter.start(now, iteration);
      if (now - written < 500 && iteration !== iterations) return;
      written = now;
      const stepsPerSecond = meter.rate(now, iteration);
      const secondsLeft = stepsPerSecond === undefined ? undefined : (iterations - iteration) / stepsPerSecond;
      const progress = { iteration, iterations, epoch, loss, baseline, gradientNorm, lr, stepMs };
      writeJson({ event: "progress", ...progress, seconds: (now - begun.time) / 1000, stepsPerSecond, secondsLeft });
    },
    onValidation(_, { iteration, epoch, metrics }) {
      writeJson({ event: "validation", iteration, epoch, metrics });
      meter.start(performance.now(), iteration);
    },
  };
}
