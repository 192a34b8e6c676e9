import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "stiefel-cli");

/**
 * The command line as real JavaScript files, for tests that need real processes: every source file stripped of its types
 * (not checked), once for each state of the sources.
 */
export function builtCli(): string {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !/(^|\/)(testing|assembly)\//.test(file),
  );
  const sources = files.sort().map((file) => [file, readFileSync(join(root, "src", file), "utf8")] as const);
  const hash = createHash("sha256").update(JSON.stringify(sources)).digest("hex").slice(0, 16);
  const folder = join(cache, hash);
  if (!existsSync(folder)) build(sources, folder);
  return join(folder, "dist", "cli", "main.js");
}

function build(sources: readonly (readonly [string, string])[], folder: string): void {
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache)) {
    if (Date.now() - statSync(join(cache, old)).mtimeMs > 3_600_000) rmSync(join(cache, old), { recursive: true });
  }
  const workshop = mkdtempSync(join(cache, "build-"));
  for (const [file, source] of sources) {
    const { outputText } = ts.transpileModule(source, {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const path = join(workshop, "dist", file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, outputText);
  }
  for (const name of ["recipes", "package.json"]) symlinkSync(join(root, name), join(workshop, name));
  try {
    renameSync(workshop, folder);
  } catch {
    // Another test process was faster.
    rmSync(workshop, { recursive: true, force: true });
  }
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `stiefel` process under way. */
export interface RunningCli {
  readonly process: ChildProcess;
  /** Standard output so far. */
  output(): string;
  readonly result: Promise<CliResult>;
}

export function startCli(args: readonly string[], { cwd, env = {} }: CliOptions): RunningCli {
  const child = spawn(process.execPath, [builtCli(), ...args], {
    cwd,
    env: { ...process.env, STIEFEL_DATA: undefined, STIEFEL_DEBUG: undefined, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, output: () => stdout, result };
}

/** `stiefel …args` to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).result;
}
