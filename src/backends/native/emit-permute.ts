import type { Permute } from "../../plan/plan.ts";

/** `name(a, c)`: c[r, j] ← a[r, index[j]] for the rows of one step. */
export function emitPermute(name: string, { a, c, index }: Permute, rows: number): string {
  return `static void ${name}(const float *restrict a, float *restrict c) {
  static const int index[] = {${index.join(", ")}};
  for (long r = 0; r < ${rows}; r++, a += ${a.buffer.stride}, c += ${c.buffer.stride})
    for (long j = 0; j < ${index.length}; j++) c[j] = a[index[j]];
}`;
}
