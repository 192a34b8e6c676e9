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

const folder = fileURLToPath(new URL(".", import.meta.url));
const run = (file: string, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [folder + file], { encoding: "utf8", env: { ...process.env, ...env } });

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
    const text = readFileSync(`${folder}../README.md`, "utf8");
    const code = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, block]) => block).join("");
    const results = mkdtempSync(join(tmpdir(), "stiefel-readme-"));
    try {
      const file = join(results, "gated.safetensors");
      const input = code.replace('"gated.safetensors"', JSON.stringify(file));
      const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-"], {
        cwd: folder,
        input,
        encoding: "utf8",
      });
      expect(stdout).toMatch(/\{ loss: 0\.0\d+, mse: 0\.0\d+ \}/);
      expect(status, stderr).toBe(0);
      expect(existsSync(file)).toBe(true);
    } finally {
      rmSync(results, { recursive: true });
    }
  });
});
