import { UsageError } from "../errors.ts";

/** Throws `UsageError` unless every option is a finite number of at least 0 (or `above` it). */
export function requireNumbers(cell: string, options: Readonly<Record<string, number>>, { above = false } = {}): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isFinite(value) && (above ? value > 0 : value >= 0)) continue;
    throw new UsageError(`Cell ${cell} has ${name} = ${value}; give a number ${above ? "above 0" : "of 0 or more"}.`);
  }
}
