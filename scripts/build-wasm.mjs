/**
 * Builds what the wasm backend loads at run time, as TypeScript modules so that Node, tests and browsers find it alike:
 * kernels.generated.ts (the AssemblyScript kernels, base64) and worker.generated.ts (the text of a worker thread).
 * With --check nothing is written, and files that are not what their sources say are an error.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import ts from "typescript";
import { tileSource } from "./wasm-tiles.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = resolve(root, "src/backends/wasm");
const isCheck = process.argv.includes("--check");

async function buildKernels() {
  write("assembly/tiles.generated.ts", tileSource());
  let binary;
  const { error, stderr } = await asc.main(
    [
      "src/backends/wasm/assembly/index.ts",
      ...["--baseDir", root, "--outFile", "kernels.wasm"],
      ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd,threads"],
      ...["--use", "abort=", "--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
    ],
    {
      readFile: (name, base) => readIfThere(resolve(base, name)),
      writeFile: (name, contents) => {
        if (name === "kernels.wasm") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`assemblyscript: ${error.message}\n${stderr.toString()}`);
  writeModule("kernels.generated.ts", "kernelsBase64", Buffer.from(binary).toString("base64"));
}

/** The worker's module after those it imports, transpiled, behind a `require` that knows just them. */
function buildWorker() {
  const paths = [
    "errors.ts",
    "plan/memory.ts",
    "backends/interpreter.ts",
    "backends/wasm/webassembly.ts",
    "backends/wasm/shards.ts",
  ];
  const modules = [...paths, "backends/wasm/worker.ts"].map((path) => {
    const { outputText } = ts.transpileModule(readFileSync(resolve(root, "src", path), "utf8"), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, removeComments: true },
    });
    return `define(${JSON.stringify(path.split("/").at(-1))}, (require, exports) => {\n${outputText}});`;
  });
  const loader = `"use strict";
const modules = new Map();
const find = (name) => modules.get(name.split("/").at(-1)) ?? require(name);
const define = (name, body) => {
  const exports = {};
  body(find, exports);
  modules.set(name, exports);
};
`;
  writeModule("worker.generated.ts", "workerSource", loader + modules.join("\n"));
}

function writeModule(name, constant, text) {
  write(name, `// Written by scripts/build-wasm.mjs.\nexport const ${constant}: string = ${JSON.stringify(text)};\n`);
}

function write(name, contents) {
  const path = resolve(folder, name);
  if (!isCheck) writeFileSync(path, contents);
  else if (readIfThere(path) !== contents) throw new Error(`${name} is out of date; run npm run build:wasm.`);
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

await buildKernels();
buildWorker();
