/**
 * Long steps of slow peers: fewer time steps, scaled to the whole sequence.
 *
 * @module
 */

const LIMIT_MS = 60_000;
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
