import { MetricsLog } from "../runs/metrics-log.ts";
import type { BatchResult, Callback } from "./callback.ts";
import { CsvFile } from "./csv-file.ts";

export interface LoggerOptions {
  /** Log every so many updates. Default 1. */
  readonly every?: number;
}

/**
 * Appends one JSON object per update to a file, and one per validation: `{"iteration","epoch","loss","gradientNorm","lr"}` and
 * `{"iteration","epoch","validation":{…}}`. In a resumed training the file is first cut back to where that goes on.
 */
export function jsonlLogger(file: string | MetricsLog, { every = 1 }: LoggerOptions = {}): Callback {
  const log = typeof file === "string" ? new MetricsLog(file) : file;
  return {
    onTrainBegin: ({ iteration }) => log.cutBack(iteration),
    onBatchEnd(_, { iteration, epoch, loss, gradientNorm, lr }) {
      if (iteration % every === 0) log.append({ iteration, ...(epoch && { epoch }), loss, gradientNorm, lr });
    },
    onValidation(_, { iteration, epoch, metrics }) {
      log.append({ iteration, ...(epoch && { epoch }), validation: metrics });
    },
    onTrainEnd() {
      log.flush();
      log.close();
    },
  };
}

/**
 * A table with a row per update: iteration, epoch, loss, gradientNorm, lr, and a column for each validation metric
 * (validation_loss …), empty where there was none. In a resumed training the file is first cut back to where that goes on.
 */
export function csvLogger(path: string, { every = 1 }: LoggerOptions = {}): Callback {
  const csv = new CsvFile(path);
  let metricNames: string[] = [];
  let latest: BatchResult | undefined;
  let validation: Readonly<Record<string, number>> | undefined;
  return {
    onTrainBegin({ iteration, task }) {
      metricNames = ["loss", ...Object.keys(task.createMetrics().result())];
      const columns = [
        "iteration",
        "epoch",
        "loss",
        "gradientNorm",
        "lr",
        ...metricNames.map((name) => `validation_${name}`),
      ];
      csv.begin(columns, iteration);
    },
    onBatchEnd(_, batch) {
      latest = batch;
      validation = undefined;
    },
    onValidation(_, { metrics }) {
      validation = metrics;
    },
    onIterationEnd() {
      if (latest === undefined || (latest.iteration % every !== 0 && validation === undefined)) return;
      const { iteration, epoch, loss, gradientNorm, lr } = latest;
      csv.append([iteration, epoch, loss, gradientNorm, lr, ...metricNames.map((name) => validation?.[name])]);
    },
    onTrainEnd: () => csv.flush(),
  };
}
