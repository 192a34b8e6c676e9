/**
 * Aborts on Ctrl-C, SIGTERM, or when the reader of stdout goes away. A second signal ends the process as usual. `release`
 * takes the handlers away.
 */
export function interruptible(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const abort = () => {
    release();
    controller.abort();
  };
  const release = () => {
    for (const name of signals) process.removeListener(name, abort);
    process.removeListener(brokenPipe, abort);
  };
  for (const name of signals) process.once(name, abort);
  process.once(brokenPipe, abort);
  return { signal: controller.signal, release };
}

/** Nobody reads stdout any more: end quietly, or as the command at work has it. */
export function endOnBrokenPipe(): void {
  let broken = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (broken) return;
    broken = true;
    if (!process.emit(brokenPipe as "exit", 0)) process.exit(0);
  });
}

const signals = ["SIGINT", "SIGTERM"] as const;
const brokenPipe = "stiefel:broken-pipe";
