import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { it } from "vitest";

it("the wasm kernels and the worker in use are those of the sources (npm run build:wasm)", () => {
  execFileSync(process.execPath, [fileURLToPath(new URL("build-wasm.mjs", import.meta.url)), "--check"]);
});
