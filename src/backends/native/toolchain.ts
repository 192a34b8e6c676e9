import { spawnSync } from "node:child_process";
import { BackendError } from "../../errors.ts";

/** A C compiler and what the machine code it makes for this machine can use. */
export interface Toolchain {
  /** Program and leading arguments, e.g. ["ccache", "gcc"]. */
  readonly command: readonly string[];
  readonly version: string;
  readonly flags: readonly string[];
  /** "AVX-512", "AVX2", "AVX", "SSE", "NEON" or "scalar". */
  readonly simd: string;
  /** float32 elements per vector register, and how many registers there are. */
  readonly lanes: number;
  readonly registers: number;
}

const baseFlags = ["-O3", "-march=native", "-std=gnu11", "-fPIC", "-fno-math-errno", "-fno-trapping-math"];

const vectorUnits = [
  { macro: "__AVX512F__", simd: "AVX-512", lanes: 16, registers: 32, flags: ["-mprefer-vector-width=512"] },
  { macro: "__AVX2__", simd: "AVX2", lanes: 8, registers: 16, flags: [] },
  { macro: "__AVX__", simd: "AVX", lanes: 8, registers: 16, flags: [] },
  { macro: "__ARM_NEON", simd: "NEON", lanes: 4, registers: 32, flags: [] },
  { macro: "__SSE2__", simd: "SSE", lanes: 4, registers: 16, flags: [] },
] as const;

/** The compiler of `CC`, or the first of cc, gcc, clang that works; undefined when there is none. */
export function findToolchain(env: NodeJS.ProcessEnv = process.env): Toolchain | undefined {
  const given = env.CC?.trim();
  const candidates = given ? [given.split(/\s+/)] : [["cc"], ["gcc"], ["clang"]];
  for (const command of candidates) {
    const toolchain = probe(command, env);
    if (toolchain) return toolchain;
  }
  return undefined;
}

/** Compiles one C file to a shared library. Throws `BackendError` with the compiler's words. */
export function compileLibrary(toolchain: Toolchain, source: string, output: string): void {
  const [program, ...leading] = toolchain.command;
  const result = spawnSync(
    program,
    [...leading, ...toolchain.flags, "-shared", "-pthread", "-o", output, source, "-lm"],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  if (result.status === 0) return;
  const words = (result.stderr || result.error?.message || `signal ${result.signal}`).split("\n").slice(0, 6).join(" ");
  throw new BackendError(
    `The C compiler ${toolchain.command.join(" ")} failed: ${words.trim()}. Run \`stiefel doctor\`, or use --backend wasm.`,
  );
}

function probe(command: readonly string[], env: NodeJS.ProcessEnv): Toolchain | undefined {
  const [program, ...leading] = command;
  const run = (args: string[]) => spawnSync(program, [...leading, ...args], { encoding: "utf8", input: "", env });
  const version = run(["--version"]);
  const macros = run(["-march=native", "-dM", "-E", "-x", "c", "-"]);
  if (version.status !== 0 || macros.status !== 0) return undefined;
  const unit = vectorUnits.find(({ macro }) => new RegExp(`^#define ${macro} `, "m").test(macros.stdout));
  const { simd, lanes, registers, flags } = unit ?? { simd: "scalar", lanes: 4, registers: 16, flags: [] };
  const name = version.stdout.split("\n")[0];
  return { command, version: name, flags: [...baseFlags, ...flags], simd, lanes, registers };
}
