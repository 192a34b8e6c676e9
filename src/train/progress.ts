import type { BatchResult, Callback, TrainingContext } from "./callback.ts";
import { RateMeter } from "./rate-meter.ts";

/** Where progress goes: `process.stderr` or anything like it. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface ProgressOptions {
  /** Default `process.stderr`. */
  readonly stream?: ProgressStream;
  /** Milliseconds between two redraws of the live line on a terminal. Default 80. */
  readonly redraw?: number;
  /** Milliseconds between two lines where the stream is no terminal. Default 5000. */
  readonly interval?: number;
}

/**
 * Shows how training goes: on a terminal one live line (iteration, loss beside the task's memoryless baseline, steps per
 * second, time left), elsewhere a plain line every few seconds, and a line for each validation.
 */
export function progress(options: ProgressOptions = {}): Callback {
  const { stream = process.stderr, redraw = 80, interval = 5000 } = options;
  const live = stream.isTTY === true;
  const meter = new RateMeter();
  let begun = 0;
  let drawn = 0;
  let shown = -1;
  let sum = 0;
  let count = 0;

  const show = (context: TrainingContext, now: number) => {
    const line = progressLine({ ...snapshot(context), loss: sum / count, rate: meter.rate(now, context.iteration) });
    stream.write(live ? `\r${fitTo(withBar(line, context), stream.columns ?? 80)}\x1b[K` : `${line}\n`);
    drawn = now;
    shown = context.iteration;
    sum = 0;
    count = 0;
  };

  return {
    onTrainBegin({ iteration }) {
      begun = iteration;
      drawn = live ? 0 : performance.now();
    },
    onBatchEnd(context, { loss }: BatchResult) {
      sum += loss;
      count++;
      const now = performance.now();
      if (context.iteration === begun + 1) meter.start(now, context.iteration);
      if (now - drawn >= (live ? redraw : interval) || context.iteration === context.iterations) show(context, now);
    },
    onValidation(context, { iteration, epoch, metrics }) {
      const when = epoch === undefined ? `iteration ${iteration}` : `epoch ${epoch} (iteration ${iteration})`;
      const scores = Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`);
      stream.write(`${live ? "\r\x1b[K" : ""}${when}: validation ${scores.join(", ")}\n`);
      meter.start(performance.now(), context.iteration);
    },
    onTrainEnd(context) {
      if (count > 0 && shown !== context.iteration) show(context, performance.now());
      if (live && shown >= 0) stream.write("\n");
    },
  };
}

interface Progress {
  readonly iteration: number;
  readonly iterations: number;
  readonly baseline: number;
  readonly loss: number;
  /** Iterations per second; undefined while unknown. */
  readonly rate: number | undefined;
}

function snapshot({ iteration, iterations, task }: TrainingContext) {
  return { iteration, iterations, baseline: task.baseline };
}

/** "1200/2000  loss 0.0071 (baseline 0.0204)  41.3 steps/s  0:19 left" */
export function progressLine({ iteration, iterations, baseline, loss, rate }: Progress): string {
  const place = `${String(iteration).padStart(String(iterations).length)}/${iterations}`;
  const parts = [place, `loss ${formatNumber(loss)} (baseline ${formatNumber(baseline)})`];
  if (rate !== undefined && rate > 0) {
    parts.push(`${formatNumber(rate)} steps/s`, `${formatDuration((iterations - iteration) / rate)} left`);
  }
  return parts.join("  ");
}

/** Three significant digits, without an exponent between 0.0001 and 100 000. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** "0:07", "12:34", "3:00:00". */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${hours > 0 ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

function withBar(line: string, { iteration, iterations }: TrainingContext): string {
  const width = 16;
  const filled = Math.floor((width * iteration) / iterations);
  return `${"█".repeat(filled)}${"░".repeat(width - filled)} ${line}`;
}

/** A line that would wrap could not be redrawn. */
function fitTo(line: string, columns: number): string {
  return line.length < columns ? line : line.slice(0, Math.max(0, columns - 1));
}
