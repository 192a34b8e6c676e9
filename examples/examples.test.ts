import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

/** What each example must say; the numbers that matter it checks itself, by its exit code. */
const expected: Readonly<Record<string, RegExp>> = {
  "01-copying.mjs": /loss 0\.0\d+; without memory at best 0\.1733[\s\S]*max \|WᵀW − I\| = \d\.\de-[6-9]/,
  "02-custom-cell.mjs": /gated-orthogonal on (native|wasm): [\s\S]*without memory at best 0\.1667/,
  "03-streaming.mjs":
    /layers\.0\.h \[32\], layers\.1\.h \[16\], layers\.1\.c \[16\][\s\S]*differs from all at once by at most/,
  "04-save-and-load.mjs": /12 tensors[\s\S]*after loading by 0\n/,
  "05-callbacks.mjs": /stopped after \d+ updates: validation mse has not improved[\s\S]*iteration,epoch,loss/,
};

/** What the example of each page of docs/families must say; losses are compared besides. */
const families: Readonly<Record<string, RegExp>> = {
  "capacity.md": /^urnn, n = 6: 42 parameters, rank 35 of 36 .*: restricted$[\s\S]*^fcurnn.* rank 36 of 36 .*: full$/m,
  "exponential.md": /^exprnn: .*= \d\.\de-[78]$\n^dtriv: .*= \d\.\de-[78]$\n {2}layers\.0\.W\.base: 2304 numbers$/m,
  "full-capacity.md": /^raw gradient: .*= \d\.\de-[67]$[\s\S]*^polar retraction: .*= \d\.\de-8$/m,
  "gated-orthogonal.md": /^layers\.0\.Wr: .*e\+\d$[\s\S]*^layers\.0\.Q: .*= \d\.\de-[78]$/m,
  "householder.md": /^8 reflections: rank\(W − I\) = 8, .*= \d\.\de-[78]$/m,
  "independent.md": /^layers\.0\.u: 64 recurrent weights.*$\n^layers\.1\.u: 64/m,
  "kronecker.md": /48 recurrent parameters, .*= \d\.\de-[23]$[\s\S]*256 recurrent parameters/m,
  "linear-recurrences.md": /^lru: .*$\n {2}\|λ\| ≤ 0\.9\d+$\n^mingru: .*$\n^minlstm: /m,
  "normalised.md": /Wi: ‖W‖₂ = 0\.9000$[\s\S]*Wo: ‖W‖₂ = 0\.9000$[\s\S]*\|λ\| = 0\.4863; it is 0\.9000/m,
  "oscillators-and-flows.md": /^cornn: [\s\S]*^antisymmetric: .*$\n.*in \[-0\.010, -0\.010\]$\n^lipschitz: /m,
  "rotations.md": /^L = 2: 190 parameters, .*= \d\.\de-[67]$[\s\S]*^L = fft: 448 parameters, .*= \d\.\de-[67]$/m,
  "scaled-cayley.md": /^scornn: .*= \d\.\de-[78]$\n^scurnn: .*= \d\.\de-[78]$/m,
  "schur.md": /^before: \|λ\| in \[1\.000, 1\.000\], departure from normality 0\.00$\n^after: .* [0-9]\.\d\d$/m,
  "singular-values.md":
    /^margin 0: .*\[1\.000, 1\.000\]$\n^margin 0\.1: .*\[(0\.9|1\.0)\d+, 1\.[01]\d+\]$\n^penalty 0\.1: /m,
  "structurally-sparse.md": /^diagonal: rnn 128, lstm 512, gru 384$[\s\S]*^low-rank: rnn 4224, lstm 16896, gru 12672$/m,
  "system-identification.md":
    /^urnn: 28 parameters.*$\n {2}nmse .* → \d\.\de-\d+$\n^fcurnn: .*$\n {2}nmse .* → \d\.\de-\d+$/m,
  "unitary.md": /^layers\.0\.W\.theta: 448 of 3081 parameters$[\s\S]*max \|WᴴW − I\| = \d\.\de-[78]/m,
};

const folder = fileURLToPath(new URL(".", import.meta.url));
const run = (file: string, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [folder + file], { encoding: "utf8", env: { ...process.env, ...env } });

/** The ```js blocks of a Markdown file, as one program. */
const codeOf = (file: string) =>
  [...readFileSync(folder + file, "utf8").matchAll(/^```js\n(.*?)^```/gms)].map(([, block]) => block).join("");
const runCode = (input: string) =>
  spawnSync(process.execPath, ["--input-type=module", "-"], { cwd: folder, input, encoding: "utf8" });

describe("examples", () => {
  beforeAll(() => {
    if (!existsSync(`${folder}../dist/index.js`)) throw new Error("The examples use dist: run npm run build first.");
  });

  it("are all expected", () => {
    expect(readdirSync(folder).filter((file) => file.endsWith(".mjs"))).toEqual(Object.keys(expected));
  });

  it.each(Object.keys(expected))("%s", (file) => {
    const { status, stdout, stderr } = run(file);
    expect(stdout).toMatch(expected[file]);
    expect(status, stderr).toBe(0);
  });

  it("02-custom-cell.mjs says so when it falls back to wasm", () => {
    const { status, stdout } = run("02-custom-cell.mjs", { CC: "no-such-compiler" });
    expect(stdout).toMatch(/No C compiler found[\s\S]*gated-orthogonal on wasm/);
    expect(status).toBe(0);
  });

  it("the code in README.md runs", () => {
    const results = mkdtempSync(join(tmpdir(), "stiefel-readme-"));
    try {
      const file = join(results, "gated.safetensors");
      const code = codeOf("../README.md").replace('"gated.safetensors"', JSON.stringify(file));
      const { status, stdout, stderr } = runCode(code);
      expect(stdout).toMatch(/\{ loss: 0\.0\d+, mse: 0\.0\d+ \}/);
      expect(status, stderr).toBe(0);
      expect(existsSync(file)).toBe(true);
    } finally {
      rmSync(results, { recursive: true });
    }
  });

  it("every page of docs/families is expected", () => {
    const pages = readdirSync(`${folder}../docs/families`).filter((file) => file !== "README.md");
    expect(pages.sort()).toEqual(Object.keys(families));
  });

  it.each(Object.keys(families))("the code in docs/families/%s runs", (page) => {
    const { status, stdout, stderr } = runCode(codeOf(`../docs/families/${page}`));
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(families[page]);
    const losses = [...stdout.matchAll(/loss (\d+\.\d+) → (\d+\.\d+)/g)];
    expect(losses.length > 0 || page === "capacity.md").toBe(true);
    for (const [, first, last] of losses) expect(Number(last)).toBeLessThan(0.3 * Number(first));
  });
});
