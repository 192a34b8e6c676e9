import { StiefelError } from "../errors.ts";

/**
 * Says what went wrong, in one paragraph on stderr, and returns the exit code: 2 for bad usage, 1 for everything else. An
 * error that nobody threw on purpose is called a bug, its stack shown with STIEFEL_DEBUG set.
 */
export function reportError(error: unknown): 1 | 2 {
  const debug = process.env.STIEFEL_DEBUG ? `\n${error instanceof Error ? error.stack : ""}` : "";
  if (error instanceof StiefelError) {
    process.stderr.write(`stiefel: ${error.message.replace(/\s*\n\s*/g, " ")}${debug}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const advice = debug === "" ? " Set STIEFEL_DEBUG=1 to see where it happened." : debug;
  process.stderr.write(`stiefel: ${message.replace(/\s*\n\s*/g, " ")} This is a bug: please report it.${advice}\n`);
  return 1;
}
