import { BackendError, MemoryLimitError } from "../../errors.ts";
import type { Backend, Executable } from "../../plan/backend.ts";
import { arenaBytes, bufferAddress } from "../../plan/memory.ts";
import type { Buffer, Plan } from "../../plan/plan.ts";
import { cachedLibrary, loadLibrary } from "./cache.ts";
import { nativeDense } from "./dense.ts";
import { emitProgram } from "./emit.ts";
import { findToolchain, type Toolchain } from "./toolchain.ts";

/** C generated for the cell and its sizes, compiled by the system's compiler. Throws `BackendError` without one. */
export function nativeBackend(toolchain: Toolchain | undefined = findToolchain()): Backend {
  if (!toolchain) {
    throw new BackendError(
      "The native backend needs a C compiler and found none (tried CC, cc, gcc, clang). Install one (Debian: apt-get " +
        "install gcc; macOS: xcode-select --install), or use --backend wasm.",
    );
  }
  requireWorking(toolchain);
  return {
    name: "native",
    target: { element: "float32", lanes: toolchain.lanes },
    dense: nativeDense(toolchain),
    compile: (plan, { threads }) => executable(plan, threads, toolchain),
  };
}

function executable(plan: Plan, threads: number, toolchain: Toolchain): Executable {
  const library = loadLibrary(cachedLibrary(emitProgram(plan, toolchain), toolchain));
  const run = library.func("void st_run(void *arena, int threads)");
  const pack = library.func("void st_pack(void *arena)");
  const bytes = arenaBytes(plan.layout, plan.shape.shards, threads);
  const arena = alignedArena(bytes, library.func("uintptr_t st_address(const void *p)"));
  library.func("void st_huge(void *arena, long bytes)")(arena, bytes);
  let isDisposed = false;
  const inUse = (): Float32Array => {
    if (isDisposed) throw new BackendError("This compiled plan was disposed of; compile it again.");
    return arena;
  };
  const view = (buffer: Buffer, copy: number) => {
    const start = arena.byteOffset + bufferAddress(buffer, copy, plan);
    return [arena.buffer, start, buffer.times * buffer.rows * buffer.stride] as const;
  };
  return {
    plan,
    threads,
    floats: (buffer, copy = 0) => new Float32Array(...view(buffer, copy)),
    doubles: (buffer, copy = 0) => new Float64Array(...view(buffer, copy)),
    integers: (buffer, copy = 0) => new Int32Array(...view(buffer, copy)),
    pack: () => pack(inUse()),
    run: () => run(inUse(), threads),
    dispose: () => {
      if (!isDisposed) library.unload();
      isDisposed = true;
    },
  };
}

/** Garbage-collected memory whose first byte lies on a 64-byte boundary; it does not move. */
function alignedArena(bytes: number, addressOf: (p: Float32Array) => number | bigint): Float32Array {
  try {
    const memory = new ArrayBuffer(bytes + 64);
    const misalignment = Number(BigInt(addressOf(new Float32Array(memory, 0, 1))) % 64n);
    return new Float32Array(memory, (64 - misalignment) % 64, bytes / 4);
  } catch (error) {
    throw new MemoryLimitError(
      `Cannot allocate ${(bytes / 2 ** 20).toFixed(0)} MiB for the plan. Use a smaller batch, a shorter length or checkpointing.`,
      { cause: error },
    );
  }
}

/** What generated code needs of compiler, headers, linker and loader; built once, then cached. */
const probeSource = `#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
int st_probe(void) { return 1; }
`;

/** Throws `BackendError` when a compiler answers but cannot build a library that loads. */
function requireWorking(toolchain: Toolchain): void {
  loadLibrary(cachedLibrary(probeSource, toolchain));
}
