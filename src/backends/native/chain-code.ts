import { BackendError } from "../../errors.ts";
import { scratchGap } from "../../plan/memory.ts";
import type { Buffer, FactorChain } from "../../plan/plan.ts";
import type { Lanes } from "./lanes.ts";

/** C for a number: its real and, in a complex chain, imaginary part. */
export interface Num {
  readonly r: string;
  readonly i?: string;
}

/** How a value that may not lie in memory yet is computed from what does. */
export interface View {
  readonly slot: number;
  /** The slot holds just this value. */
  readonly isStored: boolean;
  /** Unit u comes from unit u of the slot, so that it can be stored there. */
  readonly isInPlace: boolean;
  /** Statements that declare `name`r and `name`i, the value at a unit. */
  load(unit: string, name: string): string;
}

/** One C function over a chain that is being written: its statements, tables, and the vectors of its scratch memory. */
export class ChainCode {
  readonly n: number;
  readonly parts: number;
  readonly lanes: Lanes;
  readonly registers: number;
  /** Floats from one unit of a vector to the next. */
  readonly step: number;
  readonly lines: string[] = [];
  readonly tables: string[] = [];
  /** Slots that later statements still read. */
  readonly kept = new Set<number>();
  private readonly free: number[] = [];
  private readonly helpers: Map<string, string>;
  private slots = 0;
  private names = 0;

  constructor(chain: FactorChain, lanes: Lanes, registers: number, helpers: Map<string, string>) {
    this.n = chain.size;
    this.parts = chain.field === "complex" ? 2 : 1;
    this.lanes = lanes;
    this.registers = registers;
    this.step = this.parts * lanes.width;
    this.helpers = helpers;
  }

  fresh(prefix: string): string {
    return `${prefix}${this.names++}`;
  }

  /** A function that several chains may use, defined once. */
  helper(name: string, code: () => string): string {
    if (!this.helpers.has(name)) this.helpers.set(name, code());
    return name;
  }

  table(values: Iterable<number>): string {
    const name = this.fresh("table");
    this.tables.push(`static const int ${name}[] = {${[...values, 0].join(", ")}};`);
    return name;
  }

  take(): number {
    return this.free.pop() ?? this.slots++;
  }

  release(slot: number): void {
    if (!this.kept.has(slot)) this.free.push(slot);
  }

  /** A place for a new value that is read from a view unit by unit: in place if that may be. */
  placeFor(view: View): number {
    return view.isInPlace && !this.kept.has(view.slot) ? view.slot : this.take();
  }

  /** The value now lies in a slot, and the view it came from is not needed any more, unless kept. */
  stored(slot: number, from?: View): View {
    if (from && from.slot !== slot) this.release(from.slot);
    return {
      ...{ slot, isStored: true, isInPlace: true },
      load: (unit, name) => this.declare(name, this.at(slot, unit)),
    };
  }

  /** A number of a vector in memory. */
  at(slot: number, unit: string): Num {
    const place = `s${slot} + (${unit}) * ${this.step}`;
    const { type, width } = this.lanes;
    return this.num(`*(const ${type} *)(${place})`, `*(const ${type} *)(${place} + ${width})`);
  }

  store(slot: number, unit: string, value: Num): string {
    const { type, width } = this.lanes;
    const place = `s${slot} + (${unit}) * ${this.step}`;
    return `*(${type} *)(${place}) = ${value.r};${value.i ? ` *(${type} *)(${place} + ${width}) = ${value.i};` : ""}`;
  }

  declare(name: string, value: Num): string {
    return `const ${this.lanes.type} ${name}r = ${value.r}${value.i ? `, ${name}i = ${value.i}` : ""};`;
  }

  /** Declares a sum that begins as 0. */
  sumStart(name: string): string {
    return `${this.lanes.type} ${name}r = {0}${this.parts === 2 ? `, ${name}i = {0}` : ""};`;
  }

  addTo(name: string, { r, i }: Num): string[] {
    return [`${name}r += ${r};`, ...(i ? [`${name}i += ${i};`] : [])];
  }

  named(name: string): Num {
    return this.num(`${name}r`, `${name}i`);
  }

  /** Weight number `index` of a factor that has `count` of them. */
  weight(at: number, count: number, index: string): Num {
    return this.num(`w[${at} + ${index}]`, `w[${at + count} + ${index}]`);
  }

  num(r: string, i: string): Num {
    return this.parts === 2 ? { r, i } : { r };
  }

  /** Statements for each unit of a vector. */
  forEach(count: number, body: readonly string[], index = "u"): void {
    this.lines.push(`for (long ${index} = 0; ${index} < ${count}; ${index}++) {`, ...body, "}");
  }

  /** The scratch memory as pointers s0, s1, … Throws `BackendError` where it does not hold them. */
  pointers({ name, rows, stride }: Buffer): string {
    const size = this.n * this.step + scratchGap;
    if (this.slots * size > rows * stride) {
      throw new BackendError(
        `native: ${name} has ${rows * stride} floats, but ${this.slots} vectors between factors need ${this.slots * size}; allocate \`scratchFloats\` (plan/memory.ts).`,
      );
    }
    const each = Array.from({ length: this.slots }, (_, i) => `*const s${i} = scratch + ${i * size}L`);
    return each.length > 0 ? `float ${each.join(", ")};` : "";
  }
}

/** a·b, or ā·b. */
export function times(a: Num, b: Num, conjugate = false): Num {
  if (!a.i || !b.i) return { r: `${a.r} * ${b.r}` };
  const [minus, plus] = conjugate ? ["+", "-"] : ["-", "+"];
  return { r: `${a.r} * ${b.r} ${minus} ${a.i} * ${b.i}`, i: `${a.r} * ${b.i} ${plus} ${a.i} * ${b.r}` };
}

export const plus = (a: Num, b: Num): Num => ({ r: `${a.r} + ${b.r}`, ...(a.i && b.i && { i: `${a.i} + ${b.i}` }) });
export const minus = (a: Num, b: Num): Num => ({
  r: `${a.r} - (${b.r})`,
  ...(a.i && b.i && { i: `${a.i} - (${b.i})` }),
});
