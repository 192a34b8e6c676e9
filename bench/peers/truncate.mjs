/**
 * Long steps of slow peers: fewer time steps, scaled to the whole sequence.
 *
 * @module
 */

const LIMIT_MS = 60_000;
const SHORT_MS = 15_000;
const PROBE_TIME = 50;

/**
 * How many of the case's time steps one timed training step should run: all of them where `stepMs(time)` (one training
 * step, after a warm-up) suggests at most a minute and `bytesPerTime` fits the memory, fewer otherwise.
 */
export async function feasibleTime(benchCase, { stepMs, bytesPerTime, bytesLimit }) {
  const { time } = benchCase;
  const fits = Math.min(time, Math.floor(bytesLimit / bytesPerTime));
  const probe = Math.min(PROBE_TIME, fits);
  const perTime = (await stepMs(probe)) / probe;
  return Math.max(1, Math.min(fits, Math.floor(LIMIT_MS / perTime)));
}

/** An answer whose times are for the whole sequence, marked when they were measured on `measured` of its steps. */
export function scaled(benchCase, measured, ms) {
  if (measured === benchCase.time) return { ms };
  const factor = benchCase.time / measured;
  return { ms: ms.map((value) => value * factor), extrapolated: { time: measured } };
}

/**
 * The same for peers whose steps have costs that do not grow with time (the rules of pytorch_truncate.py): measures one time
 * step and a few, and resolves to how many a timed training step should run and to the time of one.
 */
export async function feasibleLengths({ time }, stepMs) {
  const probe = Math.min(PROBE_TIME, time);
  const once = await stepMs(1);
  const perTime = Math.max(0, (await stepMs(probe)) - once) / Math.max(1, probe - 1);
  if (once + perTime * time <= LIMIT_MS) return { time, once };
  return { time: Math.max(probe, Math.min(time, Math.floor((SHORT_MS - once) / perTime))), once };
}

/** An answer for the whole sequence, on the line through one time step and `measured.time` of them. */
export function extrapolated(benchCase, measured, ms) {
  if (measured.time === benchCase.time) return { ms };
  const more = (benchCase.time - measured.time) / (measured.time - 1);
  return { ms: ms.map((value) => value + more * (value - measured.once)), extrapolated: { time: measured.time } };
}
