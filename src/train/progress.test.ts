import { describe, expect, it } from "vitest";
import { copying } from "../tasks/copying.ts";
import type { BatchResult, TrainingContext } from "./callback.ts";
import { LossWindow } from "./loss-window.ts";
import { formatDuration, formatNumber, progress, progressLine } from "./progress.ts";
import { RateMeter } from "./rate-meter.ts";

function context(iteration: number, iterations: number): TrainingContext {
  return { iteration, iterations, task: copying({ delay: 1000 }) } as TrainingContext;
}
const batch = (loss: number) => ({ loss }) as BatchResult;

describe("progress", () => {
  it("shows loss beside the baseline, speed and time left", () => {
    const line = progressLine({ iteration: 500, iterations: 2000, loss: 0.0071, baseline: 0.020387, rate: 41.27 });
    expect(line).toBe(" 500/2000  loss 0.00710 (baseline 0.0204)  41.3 steps/s  0:36 left");
  });

  it("redraws one line on a terminal, throttled, and never lets it wrap", async () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
    const live = progress({ stream, redraw: 30 });
    await live.onTrainBegin?.(context(0, 1000));
    const until = performance.now() + 200;
    let iteration = 0;
    while (performance.now() < until && iteration < 1e6) live.onBatchEnd?.(context(++iteration, 1e7), batch(1));
    await live.onTrainEnd?.(context(iteration, 1e7), "finished");
    expect(written.length).toBeGreaterThanOrEqual(3);
    expect(written.length).toBeLessThanOrEqual(10);
    for (const text of written.slice(0, -1)) {
      expect(text.startsWith("\r")).toBe(true);
      expect(text.endsWith("\x1b[K")).toBe(true);
      expect(text.length - 4).toBeLessThan(40);
    }
    expect(written.at(-1)).toBe("\n");
  });

  it("writes plain lines elsewhere, the last iteration always", async () => {
    const written: string[] = [];
    const plain = progress({ stream: { write: (text) => written.push(text) }, interval: 60_000 });
    await plain.onTrainBegin?.(context(0, 3));
    for (const [index, loss] of [1, 2, 6].entries()) plain.onBatchEnd?.(context(index + 1, 3), batch(loss));
    plain.onValidation?.(context(3, 3), { iteration: 3, epoch: undefined, metrics: { loss: 0.5, accuracy: 1 } });
    await plain.onTrainEnd?.(context(3, 3), "finished");
    expect(written[0]).toMatch(/^3\/3 {2}loss 3\.00 \(baseline 0\.0204\)/);
    expect(written[1]).toBe("iteration 3: validation loss 0.500, accuracy 1.00\n");
    expect(written).toHaveLength(2);
  });

  it("writes numbers and times for people", () => {
    expect([0.0203868, 1234.5, 1e-7, 0, Number.NaN, -3].map(formatNumber)).toEqual([
      "0.0204",
      "1235",
      "1.00e-7",
      "0",
      "NaN",
      "-3.00",
    ]);
    expect([7, 754, 10_800, 59.6].map(formatDuration)).toEqual(["0:07", "12:34", "3:00:00", "1:00"]);
  });
});

describe("RateMeter", () => {
  it("gives the speed of the latest ten seconds or so", () => {
    const meter = new RateMeter();
    meter.start(0, 0);
    expect(meter.rate(0, 0)).toBeUndefined();
    for (let second = 1; second <= 20; second++) meter.rate(1000 * second, 10 * second);
    expect(meter.rate(20_000, 200)).toBeCloseTo(10);
    for (let second = 21; second <= 40; second++) meter.rate(1000 * second, 200 + 50 * (second - 20));
    expect(meter.rate(40_000, 1200)).toBeCloseTo(50);
  });
});

describe("LossWindow", () => {
  it("is the mean of the last 5 %, and restores to the same bits", () => {
    const window = new LossWindow(70);
    expect([window.size, window.mean()]).toEqual([4, Number.NaN]);
    for (const loss of [9, 0.1, 0.2, 0.3, 0.7, 1 / 3]) window.push(loss);
    expect(window.mean()).toBe((0.2 + 0.3 + 0.7 + 1 / 3) / 4);
    const restored = new LossWindow(70);
    restored.restore(window.values());
    expect(restored.mean()).toBe(window.mean());
    expect(new LossWindow(3).size).toBe(1);
  });
});
