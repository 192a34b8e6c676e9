/**
 * Every error a user can meet. A message names the offending value, what was expected, and the fix, in one paragraph.
 *
 * @module
 */

/** Base of all errors thrown on purpose; anything else that escapes is a bug. */
export class StiefelError extends Error {
  /** The command line's exit code for this error: 1 failed, 2 bad usage. */
  readonly exitCode: 1 | 2 = 1;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A wrong name, option, type or combination: the caller can fix it by calling differently. */
export class UsageError extends StiefelError {
  override readonly exitCode = 2;
}

/** An array or matrix whose shape does not fit. */
export class ShapeError extends UsageError {}

/** A plan that would need more memory than allowed. */
export class MemoryLimitError extends StiefelError {}

/** A backend that cannot work on this machine (no compiler, no SIMD, a failed build). */
export class BackendError extends StiefelError {}

/** A loss, gradient or state became NaN or infinite. */
export class NonFiniteError extends StiefelError {}

/** An iteration that did not converge within its limit. */
export class ConvergenceError extends StiefelError {}

/** A matrix that cannot be inverted or factored. */
export class SingularMatrixError extends StiefelError {}

/** A file that is missing, truncated, corrupt or of another format. */
export class DataError extends StiefelError {}

/** A run folder or checkpoint that cannot be read or written. */
export class RunError extends StiefelError {}

/** `UsageError` for a name that is not in a list, with the closest valid names first. */
export function unknownName(kind: string, name: string, valid: readonly string[]): UsageError {
  const ranked = closestNames(name, valid);
  const hint = ranked.length > 0 ? ` Did you mean ${ranked.map((n) => `"${n}"`).join(" or ")}?` : "";
  return new UsageError(
    `Unknown ${kind} "${name}".${hint} ${valid.length > 0 ? `Valid: ${valid.join(", ")}` : "There is none"}.`,
  );
}

/** Names that begin so, or lie within a third of their length in edit distance (at least 2); nearest first, at most three. */
export function closestNames(name: string, valid: readonly string[]): string[] {
  return valid
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => {
      const isBeginning = name.length >= 3 && candidate.toLowerCase().startsWith(name.toLowerCase());
      return isBeginning || distance <= Math.max(2, Math.floor(candidate.length / 3));
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j] + 1, current[j - 1] + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length];
}
