import type { Buffer, Instruction, Plan, PlanShape } from "../plan/plan.ts";

/**
 * The order in which a plan's instructions run, for every backend that is called from JavaScript. A backend turns lists
 * of instructions into routines once (`compileProgram`); the walk over chunks and segments then only calls routines.
 */

/**
 * Runs something for one shard, in one thread's workspace, over the steps first … end−1 of one chunk. A buffer's time
 * index at step t is 0, t, t − segmentStart or t − chunkStart (`Buffer.time`), plus the reference's shift.
 */
export type Routine = (
  shard: number,
  thread: number,
  segmentStart: number,
  chunkStart: number,
  first: number,
  end: number,
) => void;

/**
 * How a list of instructions covers the steps: `together` runs each instruction over all of them before the next one;
 * `ascending` and `descending` run the whole list at one step after another.
 */
export type Order = "together" | "ascending" | "descending";

/** One time entry of a buffer, all rows: its first, the one after the segment's last step, or the segment's number. */
export interface Entry {
  readonly buffer: Buffer;
  readonly at: "first" | "last" | "segment";
}

/** What a backend supplies. `R` is a `Routine`, or whatever stands for one (the name of an exported function). */
export interface Machine<R> {
  sequence(instructions: readonly Instruction[], order: Order): R;
  /** Zeroes all of the buffers. */
  zero(buffers: readonly Buffer[]): R;
  /** Copies entries in the order given; `last` lies at end − segmentStart, `segment` at segmentStart / shape.segment. */
  copy(transfers: readonly { readonly from: Entry; readonly to: Entry }[]): R;
}

/** A plan as routines, for `interpreter`. Plain data apart from `R`, so that it can be sent to a worker. */
export interface Program<R> {
  readonly shape: PlanShape;
  readonly headAt: "every-step" | "last-step";
  readonly clear: R;
  readonly begin: R;
  readonly layers: readonly LayerRoutines<R>[];
  /** Forward, loss and adjoint. */
  readonly head: R;
  readonly end: R;
  /** State sequences: last entry → first; last → stateOut; first → checkpoint; checkpoint → first. */
  readonly advance: R;
  readonly output: R;
  readonly checkpoint: R;
  readonly restore: R;
}

export interface LayerRoutines<R> {
  readonly project: R;
  readonly step: R;
  readonly stepAdjoint: R;
  readonly projectAdjoint: R;
}

/** Has the machine build every routine of a plan. */
export function compileProgram<R>(plan: Plan, machine: Machine<R>): Program<R> {
  const { states, head } = plan;
  const first = (buffer: Buffer): Entry => ({ buffer, at: "first" });
  const last = (buffer: Buffer): Entry => ({ buffer, at: "last" });
  const kept = states.flatMap(({ sequence, checkpoints }) => (checkpoints ? [{ sequence, checkpoints }] : []));
  const sums = new Set([head.loss.sums, ...plan.reductions.map((r) => r.shardGradient)]);
  return {
    shape: plan.shape,
    headAt: head.at,
    clear: machine.zero([...sums]),
    begin: machine.sequence(plan.begin, "together"),
    layers: plan.layers.map((layer) => ({
      project: machine.sequence(layer.project, "together"),
      step: machine.sequence(layer.step, "ascending"),
      stepAdjoint: machine.sequence(layer.stepAdjoint, "descending"),
      projectAdjoint: machine.sequence(layer.projectAdjoint, "together"),
    })),
    head: machine.sequence([...head.forward, head.loss, ...head.adjoint], "together"),
    end: machine.sequence(plan.end, "together"),
    advance: machine.copy(states.map(({ sequence }) => ({ from: last(sequence), to: first(sequence) }))),
    output: machine.copy(states.map(({ sequence, stateOut }) => ({ from: last(sequence), to: first(stateOut) }))),
    checkpoint: machine.copy(
      kept.map(({ sequence, checkpoints }) => ({ from: first(sequence), to: { buffer: checkpoints, at: "segment" } })),
    ),
    restore: machine.copy(
      kept.map(({ sequence, checkpoints }) => ({ from: { buffer: checkpoints, at: "segment" }, to: first(sequence) })),
    ),
  };
}

/** The same program with every routine replaced, e.g. exported names by the functions a worker found under them. */
export function mapProgram<R, S>(program: Program<R>, image: (routine: R) => S): Program<S> {
  return {
    shape: program.shape,
    headAt: program.headAt,
    clear: image(program.clear),
    begin: image(program.begin),
    layers: program.layers.map((layer) => ({
      project: image(layer.project),
      step: image(layer.step),
      stepAdjoint: image(layer.stepAdjoint),
      projectAdjoint: image(layer.projectAdjoint),
    })),
    head: image(program.head),
    end: image(program.end),
    advance: image(program.advance),
    output: image(program.output),
    checkpoint: image(program.checkpoint),
    restore: image(program.restore),
  };
}

/** Runs one shard from zeroed gradients to the end of backpropagation, in the given thread's workspace. */
export function interpreter(program: Program<Routine>): (shard: number, thread: number) => void {
  const { layers, head, headAt } = program;
  const { length, chunk, segment, mode } = program.shape;
  const segments = Math.ceil(length / segment);
  const lastStart = (segments - 1) * segment;

  return (shard, thread) => {
    program.clear(shard, thread, 0, 0, 0, 1);
    program.begin(shard, thread, 0, 0, 0, 1);
    for (let start = 0; start < lastStart; start += segment) {
      if (mode === "train") program.checkpoint(shard, thread, start, start, start, start + segment);
      forward(shard, thread, start);
      program.advance(shard, thread, start, start, start, start + segment);
    }
    if (mode === "infer") {
      forward(shard, thread, lastStart);
      finish(shard, thread);
    } else {
      for (let start = lastStart; start >= 0; start -= segment) backward(shard, thread, start);
    }
    program.end(shard, thread, 0, 0, 0, 1);
  };

  function forward(shard: number, thread: number, segmentStart: number): void {
    const segmentEnd = Math.min(segmentStart + segment, length);
    for (let start = segmentStart; start < segmentEnd; start += chunk) {
      const end = Math.min(start + chunk, segmentEnd);
      for (let l = 0; l < layers.length; l++) {
        layers[l].project(shard, thread, segmentStart, start, start, end);
        layers[l].step(shard, thread, segmentStart, start, start, end);
      }
      if (mode === "infer" && headAt === "every-step") head(shard, thread, segmentStart, start, start, end);
    }
  }

  /** After the last step forward: hands out the states, and looks at the output if only the last step has one. */
  function finish(shard: number, thread: number): void {
    const chunkStart = lastStart + Math.floor((length - 1 - lastStart) / chunk) * chunk;
    program.output(shard, thread, lastStart, chunkStart, chunkStart, length);
    if (headAt === "last-step") head(shard, thread, lastStart, chunkStart, length - 1, length);
  }

  function backward(shard: number, thread: number, segmentStart: number): void {
    const segmentEnd = Math.min(segmentStart + segment, length);
    if (segmentStart !== lastStart) {
      program.restore(shard, thread, segmentStart, segmentStart, segmentStart, segmentEnd);
    }
    forward(shard, thread, segmentStart);
    if (segmentStart === lastStart) finish(shard, thread);
    const lastChunk = segmentStart + Math.floor((segmentEnd - 1 - segmentStart) / chunk) * chunk;
    for (let start = lastChunk; start >= segmentStart; start -= chunk) {
      const end = Math.min(start + chunk, segmentEnd);
      if (headAt === "every-step") head(shard, thread, segmentStart, start, start, end);
      for (let l = layers.length - 1; l >= 0; l--) {
        layers[l].stepAdjoint(shard, thread, segmentStart, start, start, end);
        layers[l].projectAdjoint(shard, thread, segmentStart, start, start, end);
      }
    }
  }
}

/** For machines whose instructions are routines themselves: one routine that runs the list in the given order. */
export function inOrder(routines: readonly Routine[], order: Order): Routine {
  const run = (s: number, thread: number, segment: number, chunk: number, first: number, end: number): void => {
    for (let i = 0; i < routines.length; i++) routines[i](s, thread, segment, chunk, first, end);
  };
  if (order === "together") return run;
  if (order === "ascending") {
    return (s, thread, segment, chunk, first, end) => {
      for (let t = first; t < end; t++) run(s, thread, segment, chunk, t, t + 1);
    };
  }
  return (s, thread, segment, chunk, first, end) => {
    for (let t = end - 1; t >= first; t--) run(s, thread, segment, chunk, t, t + 1);
  };
}

/** Which time entry of a buffer belongs to step t, before a reference's shift. */
export function timeIndex(buffer: Buffer, t: number, segmentStart: number, chunkStart: number): number {
  switch (buffer.time) {
    case "once":
      return 0;
    case "sequence":
      return t;
    case "segment":
      return t - segmentStart;
    case "chunk":
      return t - chunkStart;
  }
}
