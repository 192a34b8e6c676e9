import { appendFileSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../runs/atomic-file.ts";
import { unwritable } from "../runs/disk-error.ts";

/** A CSV file of numbers whose first column counts iterations; rows are gathered and appended in blocks. */
export class CsvFile {
  private pending = "";
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes the header; of rows already there, keeps those up to `iteration`. @throws RunError */
  begin(columns: readonly string[], iteration: number): void {
    const header = columns.join(",");
    const rows = iteration === 0 ? [] : this.rows(header).filter((row) => Number.parseInt(row, 10) <= iteration);
    this.pending = "";
    writeFileAtomic(this.path, [header, ...rows].map((row) => `${row}\n`).join(""));
  }

  append(values: readonly (number | undefined)[]): void {
    this.pending += `${values.map((value) => value ?? "").join(",")}\n`;
    if (this.pending.length >= 4096) this.flush();
  }

  /** @throws RunError when the disk is full or the file cannot be written */
  flush(): void {
    try {
      appendFileSync(this.path, this.pending);
      this.pending = "";
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
  }

  private rows(header: string): string[] {
    try {
      const lines = readFileSync(this.path, "utf8").split("\n").slice(0, -1);
      return lines[0] === header ? lines.slice(1) : [];
    } catch {
      return [];
    }
  }
}
