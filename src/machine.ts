/** Facts of the machine this runs on, in Node and in browsers. */

/** Hardware threads this process may use. */
export function availableThreads(): number {
  return os()?.availableParallelism() ?? browser()?.hardwareConcurrency ?? 1;
}

/** Bytes of physical memory; undefined in a browser. */
export function totalMemory(): number | undefined {
  return os()?.totalmem();
}

function os(): typeof import("node:os") | undefined {
  return globalThis.process?.getBuiltinModule?.("node:os");
}

function browser(): { hardwareConcurrency?: number } | undefined {
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator;
}
