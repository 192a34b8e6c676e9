import type { Buffer, Instruction, Plan, StateBuffers } from "../../plan/plan.ts";
import { buffer } from "./emit-address.ts";

const scopes = "char *shared, char *shard, char *work";
const pass = "shared, shard, work";

/**
 * The walk of `backends/interpreter.ts` as C: `st_run` runs the shards on threads of their own and sums the gradients in
 * shard order, so that the result does not depend on who ran what.
 */
export function emitWalk(plan: Plan, call: (instruction: Instruction) => string): string {
  const { length, chunk, segment, mode, shards } = plan.shape;
  const { head, layers, states } = plan;
  const isTraining = mode === "train";
  const isLast = head.at === "last-step";
  const lines = (instructions: readonly Instruction[]) => instructions.map((i) => `  ${call(i)}`).join("\n");
  const steps = `${scopes}, long segment, long chunk, long first, long end`;
  const unused = "(void)shared; (void)shard; (void)work; (void)segment; (void)chunk; (void)first; (void)end;";
  const routine = (name: string, body: string) => `static void ${name}(${steps}) {\n  ${unused}\n${body}\n}`;
  const routines = layers.flatMap(({ project, step, stepAdjoint, projectAdjoint }, l) => [
    routine(`layer${l}_project`, lines(project)),
    routine(`layer${l}_step`, `for (long t = first; t < end; t++) {\n${lines(step)}\n}`),
    routine(`layer${l}_step_adjoint`, `for (long t = end - 1; t >= first; t--) {\n${lines(stepAdjoint)}\n}`),
    routine(`layer${l}_project_adjoint`, lines(projectAdjoint)),
  ]);
  const headBody = lines([...head.forward, head.loss, ...head.adjoint]);
  routines.push(routine("head", isLast ? `const long t = end - 1; (void)t;\n${headBody}` : headBody));
  const once =
    "const long t = 0, segment = 0, chunk = 0, first = 0, end = 1; (void)t; (void)segment; (void)chunk; (void)first; (void)end;";
  const sums = [...new Set([head.loss.sums, ...plan.reductions.map((r) => r.shardGradient)])];
  const entry = (b: Buffer) => b.rows * b.stride;
  const copy = (to: string, from: string, b: Buffer) => `memcpy(${to}, ${from}, ${entry(b) * 4}L);`;
  const each = (text: (state: StateBuffers) => string) => states.map((state) => `    ${text(state)}`).join("\n");
  const at = (b: Buffer, index: string) => `${buffer(b)} + (${index}) * ${entry(b)}L`;
  const checkpoints = states.every((state) => state.checkpoints) && isTraining;
  const checkpoint = (state: StateBuffers) => state.checkpoints as Buffer;

  return `${routines.join("\n")}
static void forward(${scopes}, long segment, long stop) {
  for (long first = segment; first < stop; first += ${chunk}) {
    const long end = first + ${chunk} < stop ? first + ${chunk} : stop;
${layers.map((_, l) => `    layer${l}_project(${pass}, segment, first, first, end); layer${l}_step(${pass}, segment, first, first, end);`).join("\n")}
${!isTraining && !isLast ? `    head(${pass}, segment, first, first, end);` : ""}
  }
}
static void run_shard(${scopes}) {
  ${once}
${sums.map((b) => `  memset(${buffer(b)}, 0, ${b.times * entry(b) * (b.element === "float64" ? 8 : 4)}L);`).join("\n")}
${lines(plan.begin)}
  const long last = (${length} - 1) / ${segment} * ${segment};
  for (long s = 0; s < last; s += ${segment}) {
${checkpoints ? each((state) => copy(at(checkpoint(state), `s / ${segment}`), buffer(state.sequence), state.sequence)) : ""}
    forward(${pass}, s, s + ${segment});
${each(({ sequence }) => copy(buffer(sequence), at(sequence, `${segment}`), sequence))}
  }
  for (long s = last; s >= ${isTraining ? "0" : "last"}; s -= ${segment}) {
    const long stop = s + ${segment} < ${length} ? s + ${segment} : ${length};
    const long tail = s + (stop - 1 - s) / ${chunk} * ${chunk};
${checkpoints ? `    if (s != last) {\n${each((state) => copy(buffer(state.sequence), at(checkpoint(state), `s / ${segment}`), state.sequence))}\n    }` : ""}
    forward(${pass}, s, stop);
    if (s == last) {
${each(({ sequence, stateOut }) => copy(buffer(stateOut), at(sequence, "stop - s"), sequence))}
${isLast ? `      head(${pass}, s, tail, ${length - 1}, ${length});` : ""}
    }
${
  isTraining
    ? `    for (long c = tail; c >= s; c -= ${chunk}) {
      const long close = c + ${chunk} < stop ? c + ${chunk} : stop;
${isLast ? "" : `      head(${pass}, s, c, c, close);`}
${layers
  .map(
    (_, l) =>
      `      layer${l}_step_adjoint(${pass}, s, c, c, close); layer${l}_project_adjoint(${pass}, s, c, c, close);`,
  )
  .reverse()
  .join("\n")}
    }`
    : ""
}
  }
${lines(plan.end)}
}
${emitThreads(plan, shards)}`;
}

function emitThreads(plan: Plan, shards: number): string {
  const align = (bytes: number) => Math.ceil(bytes / 64) * 64;
  const shared = align(plan.layout.shared);
  const shard = align(plan.layout.shard);
  const workspace = align(plan.layout.workspace);
  const reductions = plan.reductions.map(({ gradient, firstRow, shardGradient, column, inner }) => {
    const offset = shared + shardGradient.offset;
    const block = inner ? ` + i / ${inner.rows} % ${inner.count} * ${gradient.width}L` : "";
    return `  for (long i = 0; i < ${shardGradient.rows}; i++) {
    float *g = ${buffer(gradient)} + (${firstRow} + i) * ${gradient.stride}L;
    const char *from = shared + ${offset}L + (i * ${shardGradient.stride}L + ${column}${block}) * 4;
    for (long j = 0; j < ${gradient.width}; j++) {
      float sum = 0;
      for (long s = 0; s < ${shards}; s++) sum += ((const float *)(from + s * ${shard}L))[j];
      g[j] = sum;
    }
  }`;
  });
  return `struct work { char *arena; long thread; atomic_long *next; };
static void *work_off(void *argument) {
  struct work *w = argument;
#if defined(__SSE__)
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040); /* denormals are zero: vanishing adjoints must not slow the machine down */
#endif
  char *work = w->arena + ${shared + shards * shard}L + w->thread * ${workspace}L;
  for (long s; (s = atomic_fetch_add(w->next, 1)) < ${shards}; ) run_shard(w->arena, w->arena + ${shared}L + s * ${shard}L, work);
#if defined(__SSE__)
  _mm_setcsr(mode);
#endif
  return 0;
}
void st_run(char *shared, int threads) {
  atomic_long next = 0;
  pthread_t ids[${shards}];
  struct work works[${shards}];
  int started = 0;
  for (int i = 0; i < threads && i < ${shards}; i++) works[i] = (struct work){ shared, i, &next };
  for (int i = 1; i < threads && i < ${shards}; i++) {
    if (pthread_create(&ids[i], 0, work_off, &works[i])) break;
    started = i;
  }
  work_off(&works[0]);
  for (int i = 1; i <= started; i++) pthread_join(ids[i], 0);
${reductions.join("\n")}
}
void st_huge(char *arena, long bytes) {
#if defined(MADV_HUGEPAGE)
  const uintptr_t start = ((uintptr_t)arena + 4095) & ~(uintptr_t)4095;
  if ((uintptr_t)arena + bytes > start) madvise((void *)start, ((uintptr_t)arena + bytes - start) & ~(uintptr_t)4095, MADV_HUGEPAGE);
#else
  (void)arena; (void)bytes;
#endif
}
uintptr_t st_address(const void *p) { return (uintptr_t)p; }`;
}
