import { UsageError, unknownName } from "../errors.ts";
import { accumulator, assertOptions, type Optimizer, optimizerState } from "./optimizer.ts";

/** Where ε stands: √(v + ε) inside, √v + ε outside, √v none. */
export type EpsilonPlacement = "inside" | "outside" | "none";

/** What distinguishes one library's RMSprop from another's; the first steps differ strongly. */
export interface RmspropConvention {
  /** ρ in [0, 1): the share of v that a step keeps. */
  readonly decay: number;
  readonly epsilon: number;
  readonly epsilonPlacement: EpsilonPlacement;
  /** v before the first step. */
  readonly initialAccumulator: number;
}

/** The conventions of the libraries the papers and today's users run. */
export const rmspropPresets = {
  /** `torch.optim.RMSprop`'s defaults. */
  pytorch: { decay: 0.99, epsilon: 1e-8, epsilonPlacement: "outside", initialAccumulator: 0 },
  /** The Theano code of the uRNN and the full-capacity uRNN: v₀ = 1e-3 and no ε. */
  theano: { decay: 0.9, epsilon: 0, epsilonPlacement: "none", initialAccumulator: 1e-3 },
  /** TensorFlow 1's `tf.train.RMSPropOptimizer`, as scoRNN's code runs it. v₀ = 1 is from memory, not from a source. */
  tensorflow: { decay: 0.9, epsilon: 1e-10, epsilonPlacement: "inside", initialAccumulator: 1 },
} as const satisfies Record<string, RmspropConvention>;

export type RmspropPreset = keyof typeof rmspropPresets;

export interface RmspropOptions extends Partial<RmspropConvention> {
  readonly lr: number;
  /** Where options not given come from. Default "pytorch". */
  readonly preset?: RmspropPreset;
  /** μ in [0, 1). Default 0. */
  readonly momentum?: number;
  /** Subtract the square of the mean gradient from v: the variance in place of the second moment. Default false. */
  readonly centered?: boolean;
  /** λ: adds λ·p to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/**
 * v ← ρ·v + (1 − ρ)·g², p ← p − lr·g/(√v + ε), or ε in another place (Tieleman and Hinton 2012). `centered`: m ← ρ·m +
 * (1 − ρ)·g and v − m² under the root. With momentum u ← μ·u + g/(√v + ε), p ← p − lr·u as in PyTorch; TensorFlow gathers
 * lr·g/√v instead, the same while lr is constant. Where v and ε are 0 (no gradient ever came) p stays as it is.
 * Throws `UsageError` for an unknown preset or placement, or options out of range.
 */
export function rmsprop(options: RmspropOptions): Optimizer {
  const { lr, preset = "pytorch", momentum = 0, centered = false, weightDecay = 0 } = options;
  if (!Object.hasOwn(rmspropPresets, preset)) throw unknownName("RMSprop preset", preset, Object.keys(rmspropPresets));
  const convention: RmspropConvention = rmspropPresets[preset];
  const decay = options.decay ?? convention.decay;
  const initialAccumulator = options.initialAccumulator ?? convention.initialAccumulator;
  const { inside, outside } = placeEpsilon(convention, options);
  assertOptions("rmsprop", { lr, initialAccumulator, weightDecay });
  assertOptions("rmsprop", { decay, momentum }, { high: 1, open: true });
  return {
    name: "rmsprop",
    lr,
    create(length, precision) {
      const square = accumulator(length, precision, initialAccumulator);
      const mean = centered ? accumulator(length, precision) : undefined;
      const velocity = momentum > 0 ? accumulator(length, precision) : undefined;
      const tensors = { square, ...(mean && { mean }), ...(velocity && { velocity }) };
      return optimizerState("rmsprop", length, tensors, (p, g, rate) => {
        for (let i = 0; i < length; i++) {
          const slope = g[i] + weightDecay * p[i];
          let v = decay * square[i] + (1 - decay) * slope * slope;
          square[i] = v;
          if (mean !== undefined) {
            const m = decay * mean[i] + (1 - decay) * slope;
            mean[i] = m;
            v = Math.max(0, v - m * m);
          }
          const root = Math.sqrt(v + inside) + outside;
          let u = root === 0 ? 0 : slope / root;
          if (velocity !== undefined) {
            u += momentum * velocity[i];
            velocity[i] = u;
          }
          p[i] -= rate * u;
        }
      });
    },
  };
}

function placeEpsilon(convention: RmspropConvention, options: RmspropOptions): { inside: number; outside: number } {
  const placement = options.epsilonPlacement ?? convention.epsilonPlacement;
  const epsilon = options.epsilon ?? convention.epsilon;
  assertOptions("rmsprop", { epsilon });
  if (placement === "inside") return { inside: epsilon, outside: 0 };
  if (placement === "outside") return { inside: 0, outside: epsilon };
  if (placement !== "none") throw unknownName("ε placement", placement, ["inside", "outside", "none"]);
  if (options.epsilon) {
    throw new UsageError(
      `rmsprop: epsilon is ${options.epsilon} but its placement is "none"; set epsilonPlacement to "inside" or "outside", or leave epsilon out.`,
    );
  }
  return { inside: 0, outside: 0 };
}
