import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stiefel-checks-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a script says of a folder with these files. */
function check(script: string, files: Readonly<Record<string, string>>): { status: number | null; said: string } {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, folder], { encoding: "utf8" });
  return { status, said: stdout + stderr };
}

describe("check-floors", () => {
  const floors = (files: Readonly<Record<string, string>>) => check("check-floors.mjs", files);

  it("accepts imports of the same floor and lower ones, and types in a circle", () => {
    const { status, said } = floors({
      "errors.ts": "export const failed = 1;",
      "nn/a.ts":
        'import type { B } from "./b.ts";\nimport { failed } from "../errors.ts";\nexport type A = B | typeof failed;',
      "nn/b.ts": 'import type { A } from "./a.ts";\nexport type B = A;',
      "cli/main.ts": 'import type { A } from "../nn/a.ts";\nconsole.log({} as A);',
    });
    expect([status, said]).toEqual([0, expect.stringContaining("4 files")]);
  });

  it.each([
    [
      "a higher floor",
      'import { fit } from "../train/fit.ts";\nfit();',
      /nn\/a.ts imports train\/fit.ts: nn is below train/,
    ],
    ["a type of a higher floor", 'import type { F } from "../train/fit.ts";\nexport type G = F;', /nn is below train/],
    ["a higher floor by re-export", 'export { fit } from "../train/fit.ts";', /nn is below train/],
    ["a higher floor when called", 'export const later = () => import("../train/fit.ts");', /nn is below train/],
    [
      "a concrete backend",
      'import { c } from "../backends/native/c.ts";\nc();',
      /only backends know a concrete backend/,
    ],
    ["test helpers", 'import { t } from "../testing/t.ts";\nt();', /outside the floors/],
    ["printing", 'export const say = () => console.log("hi");', /nn\/a.ts:1 uses console.log/],
    ["standard output", 'export const say = () => process.stdout.write("hi");', /uses process.stdout/],
    ["a default export", "export default function a() {}", /has a default export/],
    [
      "a cycle",
      'import { b } from "./b.ts";\nexport const a = () => b;',
      /import cycle: nn\/a.ts → nn\/b.ts → nn\/a.ts/,
    ],
  ])("refuses %s", (_, text, complaint) => {
    const { status, said } = floors({
      "nn/a.ts": text,
      "nn/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a;',
    });
    expect(said).toMatch(complaint);
    expect(status).toBe(1);
  });

  it("refuses files on no floor", () => {
    const { said } = floors({
      "helpers/a.ts": "export const a = 1;",
      "nn/b.ts": 'import { a } from "../helpers/a.ts";\na;',
    });
    expect(said).toContain("helpers/a.ts is on no floor");
    expect(said).toContain("nn/b.ts imports helpers/a.ts, which is on no floor");
  });

  it("leaves tests alone", () => {
    expect(
      floors({ "nn/a.test.ts": 'import "../train/fit.ts";\nconsole.log(1);', "testing/t.ts": "export default 1;" }),
    ).toEqual({
      status: 0,
      said: "floors: 0 files hold to their floors\n",
    });
  });
});

describe("check-links", () => {
  const links = (files: Readonly<Record<string, string>>) => check("check-links.mjs", files);
  const guide = "# The guide\n\n## Two words, `code`\n\n## Twice\n\n## Twice\n";

  it("accepts files, folders, headings, other sites, and what is only code", () => {
    const { status, said } = links({
      "docs/guide.md": guide,
      "README.md": [
        "[a](docs/guide.md) [b](docs) [c](docs/guide.md#two-words-code) [d](docs/guide.md#twice-1) [e](#top)",
        "[f](https://example.com/none) [g][ref] `[no](none.md)`",
        "```\n[no](none.md)\n```",
        "# Top\n\n[ref]: docs/guide.md",
      ].join("\n"),
    });
    expect([status, said]).toEqual([0, expect.stringContaining("2 Markdown files")]);
  });

  it.each([
    ["a missing file", "\n[a](none.md)", /README.md:2 links to none.md: there is no none.md/],
    ["a missing heading", "[a](docs/guide.md#three)", /has no heading #three/],
    ["a missing heading of its own", "[a](#nowhere)", /README.md has no heading #nowhere/],
    ["a missing image", '![a](docs/images/a.svg "title")', /there is no docs\/images\/a.svg/],
    ["a missing reference", "[a]\n\n[a]: none.md", /links to none.md/],
    ["a missing source", '<img src="none.svg">', /there is no none.svg/],
  ])("refuses %s", (_, text, complaint) => {
    const { status, said } = links({ "docs/guide.md": guide, "README.md": text });
    expect(said).toMatch(complaint);
    expect(status).toBe(1);
  });
});
