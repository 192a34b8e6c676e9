/**
 * The rows of the bench: which process runs each, and whether it can run here.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const script = (name) => join(HERE, "peers", name);

/**
 * Every peer, `{ id, family, threads, command, missing? }`; an id is family/threads, and `missing` says why it cannot be
 * started. Debian's PyTorch belongs to Debian's Python, so that one is asked before any other on the path.
 */
export function allPeers() {
  const python = [process.env.STIEFEL_BENCH_PYTHON, "/usr/bin/python3", onPath("python3")].find(
    (p) => p && existsSync(p),
  );
  const modules = existsSync(join(HERE, "node_modules")) ? undefined : "no bench/node_modules: run `npm ci` in bench/";
  const peers = [];
  const add = (family, threads, command, missing) =>
    peers.push({ id: `${family}/${threads}`, family, threads, command, missing });
  for (const variant of ["eager", "script", "rnn", "lstm", "gru", "fft", "complex", "real"]) {
    for (const threads of [1, 2]) {
      const command = [python, script("pytorch.py"), "--variant", variant, "--threads", String(threads)];
      add(`torch-${variant}`, threads, command, python ? undefined : "no python3");
    }
  }
  const installed = [python, script("pytorch.py"), "--variant", "eager", "--threads", "2", "--as-installed"];
  add("torch-installed", 2, installed, python ? undefined : "no python3");
  add("tfjs-wasm", 1, [process.execPath, script("tfjs.mjs")], modules);
  add("jaxjs-wasm", 1, [process.execPath, script("jaxjs.mjs")], modules);
  for (const backend of ["native", "wasm"]) {
    for (const threads of [1, 2]) {
      const command = [process.execPath, script("stiefel.mjs"), "--backend", backend, "--threads", String(threads)];
      add(`stiefel-${backend}`, threads, command, absent("stiefel.mjs"));
    }
  }
  return peers;
}

/** The process that measures the GEMM peak of this machine. */
export function peakPeer() {
  return {
    id: "peak",
    family: "peak",
    threads: 0,
    command: [process.execPath, script("peak.mjs")],
    missing: absent("peak.mjs"),
  };
}

function absent(name) {
  return existsSync(script(name)) ? undefined : `no bench/peers/${name}`;
}

function onPath(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}
