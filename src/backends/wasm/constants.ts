import type { Memory } from "./webassembly.ts";

type Table = Int32Array | Float32Array;

/** Tables that generated code reads, one after another from an address on; equal ones have one place. */
export class Constants {
  /** The first byte behind them. */
  end: number;
  private readonly tables = new Map<string, { readonly address: number; readonly table: Table }>();

  constructor(start: number) {
    this.end = start;
  }

  /** Where a table will lie. */
  place(table: Table): number {
    const key = `${table.constructor.name} ${table.join()}`;
    const known = this.tables.get(key);
    if (known) return known.address;
    const address = this.end;
    this.tables.set(key, { address, table });
    this.end += Math.ceil(table.byteLength / 16) * 16;
    return address;
  }

  write({ buffer }: Memory): void {
    for (const { address, table } of this.tables.values()) {
      new Uint8Array(buffer, address).set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength));
    }
  }
}
