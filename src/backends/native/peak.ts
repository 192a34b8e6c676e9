import type { Buffer, Gemm } from "../../plan/plan.ts";
import { cachedLibrary, loadLibrary } from "./cache.ts";
import { prelude } from "./emit.ts";
import { emitGemm } from "./emit-gemm.ts";
import type { Toolchain } from "./toolchain.ts";

const rows = 8;
const inner = 128;

/**
 * float32 GFLOP/s of the generated matrix kernel with all operands in the first-level cache, on `threads` threads at once:
 * the yardstick for training steps. Takes about `seconds`; returns the best of its repetitions.
 */
export function gemmPeak(toolchain: Toolchain, threads: number, seconds = 0.2): number {
  const library = loadLibrary(cachedLibrary(source(toolchain), toolchain));
  const measure = library.func("double st_peak(int threads, long repetitions)");
  const flops = 2 * rows * inner * 3 * toolchain.lanes;
  const repetitions = 20_000;
  let best = 0;
  const end = performance.now() + seconds * 1000;
  do {
    best = Math.max(best, (threads * repetitions * flops) / measure(threads, repetitions) / 1e9);
  } while (performance.now() < end);
  return best;
}

/** One product of the shape a register tile likes best, repeated. */
function source(toolchain: Toolchain): string {
  const width = 3 * toolchain.lanes;
  const matrix = (stride: number): Buffer => ({
    id: 0,
    name: "peak",
    element: "float",
    time: "once",
    times: 1,
    rows,
    width: stride,
    stride,
    scope: "workspace",
    offset: 0,
  });
  const place = (stride: number) => ({ buffer: matrix(stride), shift: 0, column: 0 }) as const;
  const shape = { k: inner, n: width, groups: 1, groupStride: width, blocks: 1, inner: 1 };
  const gemm: Gemm = {
    kind: "gemm",
    over: "step",
    a: place(inner),
    packed: matrix(width),
    shape,
    transpose: false,
    c: place(width),
  };
  return `${prelude(toolchain)}
#include <time.h>
${emitGemm("product", gemm, rows, toolchain)}
static void __attribute__((noinline)) once(const float *a, const float *b, float *c) { product(a, b, c); }
static long count;
static void *work(void *unused) {
  (void)unused;
  float a[${rows * inner}] __attribute__((aligned(64))), b[${inner * width}] __attribute__((aligned(64))), c[${rows * width}] __attribute__((aligned(64)));
  memset(a, 0, sizeof a);
  memset(b, 0, sizeof b);
  for (long i = 0; i < count; i++) {
    once(a, b, c);
    __asm__ volatile("" : : "r"(a), "r"(b), "r"(c) : "memory");
  }
  return 0;
}
double st_peak(int threads, long repetitions) {
  struct timespec from, to;
  pthread_t ids[64];
  count = repetitions;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int i = 1; i < threads && i < 64; i++) pthread_create(&ids[i], 0, work, 0);
  work(0);
  for (int i = 1; i < threads && i < 64; i++) pthread_join(ids[i], 0);
  clock_gettime(CLOCK_MONOTONIC, &to);
  return (to.tv_sec - from.tv_sec) + 1e-9 * (to.tv_nsec - from.tv_nsec);
}
`;
}
