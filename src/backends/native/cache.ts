import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import koffi from "koffi";
import { BackendError } from "../../errors.ts";
import { compileLibrary, type Toolchain } from "./toolchain.ts";

/**
 * Path of the shared library built from `source`, compiling it only when no intact copy is in the user's cache. Libraries
 * are named by the hash of everything they depend on and stand beside the hash of their own bytes, so that a truncated
 * or altered one is built again instead of loaded.
 */
export function cachedLibrary(source: string, toolchain: Toolchain, folder = cacheFolder()): string {
  const { version, flags, command } = toolchain;
  const key = sha256(JSON.stringify([source, version, flags, command, process.arch, machineName()])).slice(0, 32);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    requirePrivate(folder);
    const library = join(folder, `${key}.so`);
    if (isIntact(library)) utimesSync(library, new Date(), new Date());
    else {
      build(source, toolchain, folder, library);
      trim(folder);
    }
    return library;
  } catch (error) {
    if (error instanceof BackendError) throw error;
    throw new BackendError(
      `Cannot use the kernel cache ${folder}: ${error instanceof Error ? error.message : error}. ` +
        "Set STIEFEL_CACHE to a writable folder, or use --backend wasm.",
      { cause: error },
    );
  }
}

/** Loads a library of the cache. Throws `BackendError` where the system does not allow it, e.g. on a noexec file system. */
export function loadLibrary(path: string): ReturnType<typeof koffi.load> {
  try {
    return koffi.load(path);
  } catch (error) {
    throw new BackendError(
      `Cannot load ${path}: ${error instanceof Error ? error.message : error}. Set STIEFEL_CACHE to a folder on a file ` +
        "system that allows execution, or use --backend wasm.",
      { cause: error },
    );
  }
}

/** STIEFEL_CACHE, else the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homedir(), ".cache");
  return env.STIEFEL_CACHE ? resolve(env.STIEFEL_CACHE) : join(base, "stiefel", "native");
}

const sumOf = (library: string): string => `${library}.sha256`;
const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** `-march=native` means another machine where the home folder is shared. */
function machineName(): string {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? "";
  } catch {
    return process.platform;
  }
}

function isIntact(library: string): boolean {
  try {
    return readFileSync(sumOf(library), "utf8") === sha256(readFileSync(library));
  } catch {
    return false;
  }
}

/** Builds in a folder of its own and renames, so that another process sees a whole library or none. */
function build(source: string, toolchain: Toolchain, folder: string, library: string): void {
  const workshop = mkdtempSync(join(folder, "build-"));
  try {
    const [file, built, sum] = ["kernels.c", "kernels.so", "sum"].map((name) => join(workshop, name));
    writeFileSync(file, source, { mode: 0o600 });
    compileLibrary(toolchain, file, built);
    chmodSync(built, 0o600);
    writeFileSync(sum, sha256(readFileSync(built)), { mode: 0o600 });
    rmSync(sumOf(library), { force: true });
    renameSync(built, library);
    renameSync(sum, sumOf(library));
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** Libraries kept, the latest used ones; each is some 50 kB. */
const most = 500;
const dayMilliseconds = 86_400_000;

/** Removes the libraries unused for longest, and what a killed build left behind. */
function trim(folder: string): void {
  const entries = readdirSync(folder).flatMap((name) => {
    // Another process may have removed it by now.
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return found ? [{ name, used: found.mtimeMs }] : [];
  });
  const libraries = entries.filter(({ name }) => name.endsWith(".so")).sort((a, b) => b.used - a.used);
  for (const { name } of libraries.slice(most)) {
    rmSync(join(folder, name), { force: true });
    rmSync(sumOf(join(folder, name)), { force: true });
  }
  for (const { name, used } of entries) {
    const isAbandoned = name.startsWith("build-") && Date.now() - used > dayMilliseconds;
    if (isAbandoned) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Code is loaded from here: nobody else may write to it. */
function requirePrivate(folder: string): void {
  const { uid, mode } = statSync(folder);
  if (process.getuid && uid !== process.getuid()) {
    throw new BackendError(
      `The kernel cache ${folder} belongs to another user. Set STIEFEL_CACHE to a folder of your own.`,
    );
  }
  if ((mode & 0o077) === 0) return;
  chmodSync(folder, 0o700);
  if ((mode & 0o022) === 0) return;
  // Others could have put files here: what is there is not trusted.
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}
