import { BackendError, unknownName } from "../errors.ts";
import type { Backend } from "../plan/backend.ts";
import { cacheFolder } from "./native/cache.ts";
import { nativeBackend } from "./native/native.ts";
import { findToolchain, type Toolchain } from "./native/toolchain.ts";
import { referenceBackend } from "./reference/reference.ts";
import { wasmBackend } from "./wasm/wasm.ts";

/** Backends by the names of `--backend`. */
export const backends = {
  native: "C generated for the cell and its sizes, built by the system's compiler",
  wasm: "WebAssembly SIMD, on any machine",
  reference: "plain TypeScript in float64, for checking",
} as const;

export type BackendName = keyof typeof backends;

export interface Selection {
  readonly backend: Backend;
  /** Why it is not the fastest one, to be said once. */
  readonly notice?: string;
}

/** The backend called `name`; `auto` is native where a C compiler works, else wasm. Throws `UsageError`, `BackendError`. */
export function selectBackend(name: BackendName | "auto" | (string & {}) = "auto"): Selection {
  switch (name) {
    case "native":
      return { backend: nativeBackend() };
    case "wasm":
      return { backend: wasmBackend() };
    case "reference":
      return { backend: referenceBackend() };
    case "auto": {
      const toolchain = findToolchain();
      const cc = process.env.CC ? ` (CC is "${process.env.CC}")` : "";
      try {
        if (toolchain) return { backend: nativeBackend(toolchain) };
        return fallback(`No C compiler found${cc}`);
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        return fallback(`The native backend does not work here (${error.message})`);
      }
    }
    default:
      throw unknownName("backend", name, ["auto", ...Object.keys(backends)]);
  }
}

const fallback = (reason: string): Selection => ({
  backend: wasmBackend(),
  notice: `${reason}: using the wasm backend, several times slower. \`stiefel doctor\` says how to get native.`,
});

/** What `stiefel doctor` says of this machine's backends. */
export interface MachineDescription {
  readonly toolchain?: Toolchain;
  readonly cacheFolder: string;
  readonly wasmSimd: boolean;
  readonly wasmThreads: boolean;
}

export function describeMachine(): MachineDescription {
  const toolchain = findToolchain();
  return {
    ...(toolchain && { toolchain }),
    cacheFolder: cacheFolder(),
    wasmSimd: supportsSimd(),
    wasmThreads: typeof SharedArrayBuffer !== "undefined",
  };
}

function supportsSimd(): boolean {
  const { WebAssembly: api } = globalThis as { WebAssembly?: { validate(bytes: Uint8Array): boolean } };
  return api?.validate(simdModule) ?? false;
}

/** A module with one function that makes a v128 zero: valid only where SIMD is. */
const simdModule = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
