"""Long steps: fewer time steps, extrapolated to the whole sequence (the same rules as truncate.mjs).

What happens once per update (a dense W, RMSprop) does not grow with time, so two lengths are measured: one time step,
and as many as fit.
"""
LIMIT_MS = 60_000
SHORT_MS = 15_000
PROBE_TIME = 50


def feasible_time(case, step_ms):
    """(time steps of a timed training step, ms of a training step with one); step_ms(time) measures a warm one."""
    whole = case["time"]
    probe = min(PROBE_TIME, whole)
    once, probed = step_ms(1), step_ms(probe)
    per_time = max(0, probed - once) / max(1, probe - 1)
    if once + per_time * whole <= LIMIT_MS:
        return whole, once
    return max(probe, min(whole, int((SHORT_MS - once) / per_time))), once


def extrapolated(case, time, once, ms):
    return [value + (value - once) / (time - 1) * (case["time"] - time) for value in ms]
