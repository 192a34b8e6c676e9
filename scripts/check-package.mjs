#!/usr/bin/env node
/**
 * What `npm publish` would send: packs the built package into a temporary folder, and holds the archive to publint and
 * arethetypeswrong. Needs dist (`npm run build`) and no network.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const targets = Object.values(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports)
  .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
  .filter((target) => !existsSync(join(root, target)));
if (targets.length > 0)
  fail(`package.json exports ${targets.join(", ")}, which do not exist. Run npm run build first.`);

const folder = mkdtempSync(join(tmpdir(), "stiefel-pack-"));
try {
  run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder]);
  const archive = join(folder, readdirSync(folder)[0]);
  run(bin("publint"), ["run", archive, "--strict"]);
  run(bin("attw"), [archive, "--profile", "esm-only", "--format", "ascii"]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log("package: publint and arethetypeswrong have no complaint");

function bin(name) {
  return join(root, "node_modules", ".bin", name);
}

/** Runs a program quietly; what it says is shown when it fails. */
function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  fail(`${program} ${args.join(" ")} failed:\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
