import type { Runner } from "./runner.ts";

/** Plans kept at a time; the one unused for longest goes first. */
const most = 6;

/** The compiled plans of a model, in order of use. */
export class RunnerCache {
  private readonly kept: { readonly kind: string; readonly rows: number; readonly runner: Runner }[] = [];

  /** The smallest kept runner of a kind (mode, length, masked or not) with room for `rows`, or a new one. */
  get(kind: string, rows: number, create: () => Runner): Runner {
    const fitting = this.kept.filter((entry) => entry.kind === kind && entry.rows >= rows);
    const smallest = fitting.sort((a, b) => a.rows - b.rows)[0] ?? { kind, rows, runner: create() };
    const index = this.kept.indexOf(smallest);
    if (index >= 0) this.kept.splice(index, 1);
    this.kept.push(smallest);
    while (this.kept.length > most) this.kept.shift()?.runner.executable.dispose();
    return smallest.runner;
  }

  dispose(): void {
    for (const { runner } of this.kept.splice(0)) runner.executable.dispose();
  }
}
