#!/usr/bin/env node
/**
 * Is a parallel scan over time faster than going through it in order? For one sequence of a diagonal linear recurrence (minGRU,
 * LRU) on two threads, minimum of 60 rounds each. Needs a C compiler.
 *
 *     node bench/scan.mjs
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "stiefel-scan-"));
try {
  const program = join(folder, "scan");
  const source = fileURLToPath(new URL("scan.c", import.meta.url));
  run(process.env.CC ?? "cc", ["-O3", "-march=native", "-pthread", source, "-o", program]);
  run(program, []);
} finally {
  rmSync(folder, { recursive: true });
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error || status !== 0) throw new Error(`${command} failed`, { cause: error });
}
