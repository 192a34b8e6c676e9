import { BackendError } from "../../errors.ts";

/** The part of the WebAssembly API used here; neither Node's nor the language's type library has it. */
export interface Memory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** A compiled module: opaque, and may be sent to a worker. */
export type Module = object;

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Api {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: boolean }) => Memory;
  readonly Module: new (bytes: Uint8Array) => Module;
  readonly Instance: new (module: Module, imports: Record<string, Record<string, unknown>>) => Instance;
}

export const pageBytes = 65536;
/** Addresses are 32 bits. */
export const maximumPages = 65536;

/** Throws `BackendError` where there is no WebAssembly at all. */
export function webAssembly(): Api {
  const { WebAssembly: api } = globalThis as { WebAssembly?: Api };
  if (api) return api;
  throw new BackendError(
    "This JavaScript engine has no WebAssembly; the wasm backend needs it. Use the reference backend, or Node 20 or a current browser.",
  );
}
