import { BackendError } from "../../errors.ts";
import type { Buffer, Factored, FactoredAdjoint, Ref } from "../../plan/plan.ts";
import { type Arena, addressOf, pushBuffer, pushRef, rowBytes } from "./arena.ts";
import type { Code, Local } from "./code.ts";
import type { KernelName } from "./imports.ts";
import type { ModuleBuilder } from "./module.ts";

/** The address in a local, and some bytes. */
export interface Slot {
  readonly base: Local;
  readonly offset: number;
}

export type Address = number | Slot;

/** The rows a chain is applied to at a time. */
export interface RowBlock {
  readonly first: Local;
  readonly count: number;
}

/**
 * Where the code of one chain's factors finds things. Vectors lie in *slots* of the scratch buffer, unit after unit, in each
 * unit one or two runs of `span` bytes with a block's rows (rounded up to 4) side by side (assembly/lanes.ts).
 */
export class ChainCode {
  readonly size: number;
  readonly isComplex: boolean;
  /** Bytes of a unit's real parts. */
  readonly span: number;
  /** Bytes of a unit. */
  readonly unit: number;
  private readonly code: Code;
  private readonly module: ModuleBuilder;
  private readonly arena: Arena;
  private readonly rows: RowBlock;
  private readonly weights: number;
  private readonly scratch: Buffer;
  private readonly slots: Local;

  constructor(
    code: Code,
    module: ModuleBuilder,
    arena: Arena,
    { chain, weights, scratch }: Factored | FactoredAdjoint,
    rows: RowBlock,
  ) {
    this.code = code;
    this.module = module;
    this.arena = arena;
    this.rows = rows;
    this.size = chain.size;
    this.isComplex = chain.field === "complex";
    this.span = Math.ceil(rows.count / 4) * 16;
    this.unit = (this.isComplex ? 2 : 1) * this.span;
    this.weights = addressOf(arena, weights, 0);
    this.scratch = scratch;
    this.slots = this.start(scratch);
  }

  /** Throws unless that many slots fit into the scratch buffer. */
  requireSlots(count: number): void {
    const { name, rows, stride } = this.scratch;
    const needed = (count * this.size * this.unit) / 4;
    if (rows * stride >= needed) return;
    throw new BackendError(
      `wasm: ${name} has ${rows * stride} floats, but ${count} vectors between factors need ${needed}; allocate what plan.ts says.`,
    );
  }

  /** A local with the address of a buffer's first element. */
  start(buffer: Buffer): Local {
    const local = this.code.local("i32");
    pushBuffer(this.code, this.arena, buffer);
    this.code.set(local);
    return local;
  }

  slot(index: number): Slot {
    return { base: this.slots, offset: index * this.size * this.unit };
  }

  weight(at: number): Address {
    return this.weights + at * 4;
  }

  /** Where a table of integers or floats lies. */
  constant(table: Int32Array | Float32Array): number {
    return this.arena.constants.place(table);
  }

  call(kernel: KernelName, ...args: readonly Address[]): void {
    for (const arg of args) this.push(arg);
    this.code.call(this.module.imported(kernel));
  }

  /** The kernel of the chain's field, named real… and complex…; the latter takes `complexArgs` besides. */
  callFor(kernel: FieldKernel, args: readonly Address[], complexArgs: readonly Address[] = []): void {
    if (this.isComplex) this.call(`complex${kernel}`, ...args, ...complexArgs);
    else this.call(`real${kernel}`, ...args);
  }

  /** A slot ← the block's rows of a vector's parts at a step. */
  load(parts: readonly Ref[], step: Local, slot: Slot): void {
    parts.forEach((ref, part) => {
      this.push({ ...slot, offset: slot.offset + part * this.span });
      this.code.i32(this.unit);
      this.pushRows(ref, step);
      this.code.i32(this.rows.count).i32(this.size).call(this.module.imported("toLanes"));
    });
  }

  /** The block's rows of a vector's parts at a step ← a slot. */
  store(parts: readonly Ref[], step: Local, slot: Slot): void {
    parts.forEach((ref, part) => {
      this.pushRows(ref, step);
      this.push({ ...slot, offset: slot.offset + part * this.span });
      this.code.i32(this.unit).i32(this.rows.count).i32(this.size);
      this.code.call(this.module.imported("fromLanes"));
    });
  }

  /** A slot ← another one. */
  copy(from: Address, to: Address): void {
    this.push(to);
    this.push(from);
    this.code.i32(this.size * this.unit).memoryCopy();
  }

  private pushRows(ref: Ref, step: Local): void {
    pushRef(this.code, this.arena, ref, step);
    const stride = rowBytes(ref.buffer);
    this.code.get(this.rows.first).i32(stride).op("i32Mul").op("i32Add").i32(stride);
  }

  private push(address: Address): void {
    if (typeof address === "number") this.code.i32(address);
    else this.code.get(address.base).i32(address.offset).op("i32Add");
  }
}

type AfterReal<K> = K extends `real${infer Rest}` ? Rest : never;

/** Kernels there are two of. */
export type FieldKernel = AfterReal<KernelName>;
