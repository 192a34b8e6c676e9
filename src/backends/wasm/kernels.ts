import { BackendError } from "../../errors.ts";
import { kernelsBase64 } from "./kernels.generated.ts";
import { type Memory, type Module, webAssembly } from "./webassembly.ts";

/** The kernels of assembly/ that JavaScript calls itself: addresses and strides in bytes. */
export interface Kernels {
  pack(
    packed: number,
    totalDepth: number,
    columns: number,
    row: number,
    column: number,
    weight: number,
    depthStride: number,
    columnStride: number,
    depth: number,
    count: number,
  ): void;
  reduce(
    gradient: number,
    parts: number,
    shardBytes: number,
    shards: number,
    rows: number,
    width: number,
    stride: number,
  ): void;
  packDoubles(
    packed: number,
    b: number,
    depthStride: number,
    columnStride: number,
    depth: number,
    columns: number,
    sign: number,
  ): void;
  multiplyPacked(
    c: number,
    ldc: number,
    a: number,
    lda: number,
    packed: number,
    rows: number,
    depth: number,
    columns: number,
    accumulate: boolean,
  ): void;
  transposeDoubles(out: number, ldo: number, a: number, lda: number, rows: number, columns: number): void;
  invert(out: number, a: number, ld: number, n: number, pivots: number, scratch: number): number;
}

/** The kernel module, compiled once. Throws `BackendError` where the engine has no vector instructions or threads. */
export function kernelModule(): Module {
  compiled ??= compile();
  return compiled;
}

export function kernelsIn(memory: Memory): Kernels {
  const { Instance } = webAssembly();
  return new Instance(kernelModule(), { env: { memory } }).exports as unknown as Kernels;
}

function compile(): Module {
  const { Module: Constructor } = webAssembly();
  const bytes = Uint8Array.from(atob(kernelsBase64), (character) => character.charCodeAt(0));
  try {
    return new Constructor(bytes);
  } catch (cause) {
    throw new BackendError(
      "This engine cannot compile the wasm kernels, which need WebAssembly SIMD and shared memory. Use the reference backend, or Node 20 or a current browser.",
      { cause },
    );
  }
}

let compiled: Module | undefined;
