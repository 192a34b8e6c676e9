import { UsageError } from "../errors.ts";

/** The factor on a learning rate at an iteration; the first update is iteration 0. Pure: a resumed run needs no state. */
export type Schedule = (iteration: number) => number;

/** 1 throughout. */
export function constant(): Schedule {
  return () => 1;
}

/** factor^⌊iteration / every⌋: a multiplication every so many iterations. */
export function stepDecay({ every, factor }: { every: number; factor: number }): Schedule {
  assertAbove("stepDecay", { every });
  assertAtLeast("stepDecay", { factor });
  return (iteration) => factor ** Math.floor(iteration / every);
}

/** decay^(iteration / every), without steps. */
export function exponential({ decay, every = 1 }: { decay: number; every?: number }): Schedule {
  assertAbove("exponential", { decay, every });
  return (iteration) => decay ** (iteration / every);
}

/** From 1 at iteration 0 straight down (or up) to `final` at `iterations`, and `final` from there on. */
export function linear({ iterations, final = 0 }: { iterations: number; final?: number }): Schedule {
  assertAbove("linear", { iterations });
  assertAtLeast("linear", { final });
  return (iteration) => 1 + (final - 1) * Math.min(1, iteration / iterations);
}

/**
 * `linearWarmup` over the first `warmup` iterations, then half a cosine, final + (1 − final)·(1 + cos πs)/2 with s from 0 to 1
 * at `iterations`, and `final` from there on (Loshchilov and Hutter 2017, eq. 5, one cycle).
 */
export function cosine(options: { iterations: number; warmup?: number; final?: number }): Schedule {
  const { iterations, warmup = 0, final = 0 } = options;
  assertAbove("cosine", { iterations });
  assertAtLeast("cosine", { warmup, final });
  if (warmup >= iterations) {
    throw new UsageError(`cosine: warmup is ${warmup} of ${iterations} iterations; leave some for the cosine.`);
  }
  return (iteration) => {
    if (iteration < warmup) return (iteration + 1) / warmup;
    const progress = Math.min(1, (iteration - warmup) / (iterations - warmup));
    return final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2;
  };
}

/** min(1, (iteration + 1)/iterations): straight up to 1 over the first `iterations`, the first of which already moves. */
export function linearWarmup({ iterations }: { iterations: number }): Schedule {
  assertAtLeast("linearWarmup", { iterations });
  return (iteration) => Math.min(1, (iteration + 1) / iterations);
}

/** factors[k] from iteration boundaries[k−1] on, up to but without boundaries[k]; one factor more than boundaries. */
export function piecewise(options: { boundaries: readonly number[]; factors: readonly number[] }): Schedule {
  const { boundaries, factors } = options;
  if (factors.length !== boundaries.length + 1) {
    throw new UsageError(
      `piecewise: ${boundaries.length} boundaries cut training into ${boundaries.length + 1} parts, but there are ${factors.length} factors; give one for each part.`,
    );
  }
  if (boundaries.some((boundary, k) => k > 0 && !(boundary > boundaries[k - 1]))) {
    throw new UsageError(`piecewise: the boundaries ${boundaries.join(", ")} do not ascend; sort them.`);
  }
  for (const factor of factors) assertAtLeast("piecewise", { factor });
  return (iteration) => {
    let part = 0;
    while (part < boundaries.length && iteration >= boundaries[part]) part++;
    return factors[part];
  };
}

/** Several schedules multiplied: `product(linearWarmup({ iterations: 100 }), stepDecay({ every: 1000, factor: 0.5 }))`. */
export function product(...schedules: readonly Schedule[]): Schedule {
  return (iteration) => schedules.reduce((factor, schedule) => factor * schedule(iteration), 1);
}

function assertAbove(schedule: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue;
    throw new UsageError(`${schedule}: ${name} is ${value}; give a number above 0.`);
  }
}

function assertAtLeast(schedule: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= 0 && value < Number.POSITIVE_INFINITY) continue;
    throw new UsageError(`${schedule}: ${name} is ${value}; give 0 or a number above.`);
  }
}
