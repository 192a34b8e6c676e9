import { cpus, totalmem } from "node:os";
import { describeMachine } from "../backends/select.ts";
import { dataDirectory } from "../data/directory.ts";
import { availableThreads } from "../machine.ts";
import { findGpu } from "./gpu.ts";
import { formatBytes, table, writeJson, writeLine } from "./output.ts";

/** `stiefel doctor`. */
export async function doctor({ json = false }: { readonly json?: boolean }): Promise<void> {
  const { toolchain, cacheFolder, wasmSimd, wasmThreads } = describeMachine();
  const facts = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    threads: availableThreads(),
    memory: totalmem(),
    compiler: toolchain?.version,
    flags: toolchain?.flags,
    simd: toolchain?.simd,
    kernelCache: cacheFolder,
    wasmSimd,
    wasmThreads,
    gpu: findGpu(),
    data: dataDirectory(),
    backend: toolchain === undefined ? "wasm" : "native",
  };
  const advice = adviceOn(facts.compiler !== undefined, wasmSimd);
  if (json) return writeJson({ ...facts, advice });
  const compiler = toolchain && `${toolchain.command.join(" ")} (${toolchain.version})`;
  const rows = [
    ["node", `${facts.node} on ${facts.platform}`],
    ["processor", `${facts.processor}, ${facts.threads} threads`],
    ["memory", formatBytes(facts.memory)],
    ["C compiler", compiler ?? "none"],
    [
      "SIMD",
      toolchain === undefined ? "unknown without a C compiler" : `${toolchain.simd}, ${toolchain.flags.join(" ")}`,
    ],
    ["kernel cache", cacheFolder],
    ["wasm", `SIMD ${yes(wasmSimd)}, threads ${yes(wasmThreads)}`],
    ["GPU", `${facts.gpu} (not used yet)`],
    ["data folder", facts.data],
    ["--backend auto", facts.backend],
  ];
  writeLine(table(rows));
  for (const line of advice) writeLine(`\n${line}`);
  if (advice.length === 0) writeLine("\nNothing is missing.");
}

function adviceOn(hasCompiler: boolean, wasmSimd: boolean): string[] {
  const advice: string[] = [];
  if (!hasCompiler) {
    const given = process.env.CC
      ? `The compiler that CC names, "${process.env.CC}", does not work; correct or unset it. `
      : "";
    advice.push(
      `${given}Without a C compiler training runs on wasm, several times slower. Install one: ${compilerPackage()}.`,
    );
  }
  if (!wasmSimd) advice.push("This Node has no WebAssembly SIMD: use Node 20 or newer.");
  return advice;
}

function compilerPackage(): string {
  if (process.platform === "darwin") return "xcode-select --install";
  if (process.platform === "win32") return "LLVM (clang) from https://releases.llvm.org, and set CC=clang";
  return "apt install gcc (Debian, Ubuntu), dnf install gcc (Fedora), apk add gcc musl-dev (Alpine)";
}

function yes(value: boolean): string {
  return value ? "yes" : "no";
}
