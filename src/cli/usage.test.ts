import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliOptions, runCli } from "../testing/cli.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "stiefel-cli-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (args: readonly string[], env: CliOptions["env"] = {}) => runCli(args, { cwd, env });
const tiny = [
  ...["train", "copying", "--set", "task.delay=4", "--set", "task.heldOutExamples=4", "--units", "4"],
  ...["--batch", "2", "--threads", "1"],
];

/** One paragraph on stderr, nothing on stdout, no stack. */
async function expectError(args: readonly string[], code: number, message: RegExp, env: CliOptions["env"] = {}) {
  const result = await run(args, env);
  expect(result.stderr).toMatch(message);
  expect(result.stderr).toMatch(/^stiefel: [^\n]+\n$/);
  expect(result.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  expect(result.code).toBe(code);
}

describe("mistakes in usage", () => {
  it.each([
    ["a wrong task", ["train", "copyng"], /Unknown task "copyng"\. Did you mean "copying"\?/],
    ["a wrong cell", ["train", "copying", "--cell", "scorn"], /Unknown cell "scorn"\. Did you mean "scornn"/],
    ["no task", ["train"], /There is no task: name one \(stiefel list tasks\)/],
    ["a wrong recipe", ["train", "copying", "--recipe", "dmo"], /Unknown recipe "dmo"\. Did you mean "demo"\?/],
    [
      "a wrong path",
      ["train", "copying", "--set", "task.dealy=5"],
      /Unknown option "task\.dealy"\. Did you mean "task\.delay"\?/,
    ],
    ["a wrong value", ["train", "copying", "--set", "optimizer.lr=fast"], /optimizer\.lr is "fast": expected number/],
    ["a value out of range", ["train", "copying", "--set", "task.delay=0"], /task\.delay is 0: .*--set PATH=VALUE/],
    [
      "no assignment",
      ["train", "copying", "--set", "task.delay"],
      /"task\.delay" is not an assignment, expected PATH=VALUE/,
    ],
    [
      "a wrong cell option",
      ["train", "copying", "--set", "model.cell.negativOnes=1"],
      /Did you mean "model\.cell\.negativeOnes"\?/,
    ],
    [
      "an impossible cell option",
      ["train", "copying", "--set", "model.cell.negativeOnes=500"],
      /negativeOnes is 500, more than the 190 units/,
    ],
    ["epochs without a training set", ["train", "copying", "--epochs", "3"], /has no epochs: give iterations/],
    ["an unknown run", ["resume", "nowhere"], /nowhere is not a run/],
    ["an unknown list", ["list", "cell"], /Unknown list "cell"\. Did you mean "cells"\?/],
    ["an unknown data set", ["data", "get", "mnits"], /Unknown data set "mnits"\. Did you mean "mnist"\?/],
    ["a malformed mirror", ["data", "get", "mnist", "--mirror", "ftp://x"], /The mirror "ftp:\/\/x" is not a URL/],
  ])("%s", async (_, args, message) => {
    await expectError(args, 2, message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    ["a wrong command", ["trian"], /unknown command 'trian'[\s\S]*Did you mean train\?/],
    ["a wrong flag", ["train", "copying", "--unit", "3"], /unknown option '--unit'[\s\S]*Did you mean --units\?/],
    [
      "a number that is none",
      ["train", "copying", "--units", "many"],
      /argument 'many' is invalid\. Expected a whole number/,
    ],
    ["a wrong backend", ["train", "copying", "--backend", "cuda"], /Allowed choices are auto, native, wasm, reference/],
    ["both lengths", ["train", "adding", "--epochs", "3", "--iterations", "3"], /cannot be used with option '--epochs/],
  ])("%s, in the words of the option parser", async (_, args, message) => {
    const { code, stderr } = await run(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it("answers --help and --version with code 0", async () => {
    const help = await run(["train", "--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/--set <path=value>/);
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("trouble on this machine", () => {
  it("an unreadable data folder", async () => {
    const mnist = ["train", "pixel-mnist", "--iterations", "1", "--backend", "reference"];
    await expectError(
      [...mnist, "--data", "nothing"],
      1,
      /nothing does not exist.*stiefel data get mnist, or pass --data DIR/,
    );
    mkdirSync(join(cwd, "empty"));
    await expectError(mnist, 1, /holds no folder mnist.*stiefel data get mnist/, { STIEFEL_DATA: "empty" });
    expect(readdirSync(cwd)).toEqual(["empty"]);
  });

  it("a run folder that cannot be made, or is not empty", async () => {
    writeFileSync(join(cwd, "file"), "");
    const reference = [...tiny, "--iterations", "2", "--backend", "reference"];
    await expectError(
      [...reference, "--out", "file"],
      1,
      /file could not be created: a file of that name is in the way/,
    );
    await expectError([...reference, "--out", "file/run"], 1, /a part of the path is a file.*--out DIR/);
    await expectError([...reference, "--out", "."], 2, /is not empty \(it holds file\)\. Name another folder/);
  });

  it("a full disk, which leaves the earlier checkpoint intact", async () => {
    const reference = [...tiny, "--backend", "reference", "--set", "checkpoint.everyIterations=1"];
    expect((await run([...reference, "--iterations", "3", "--out", "r"])).code).toBe(0);
    const before = readFileSync(join(cwd, "r", "checkpoint.safetensors"));
    symlinkSync("/dev/full", join(cwd, "r", ".checkpoint.safetensors.partial"));
    const { code, stderr } = await run(["resume", "r", "--iterations", "5"]);
    expect(stderr).toMatch(
      /^stiefel: r\/checkpoint\.safetensors could not be written: no space left on the disk\. Free some space, .*checkpoint of iteration 3 in r is intact: then go on with "stiefel resume r"\.\n$/,
    );
    expect(code).toBe(1);
    expect(readFileSync(join(cwd, "r", "checkpoint.safetensors")).equals(before)).toBe(true);
  });

  it("a disk that fills up while training", async (context) => {
    const disk = join(cwd, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=100k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("needs the right to mount");
    }
    try {
      const reference = [...tiny, "--backend", "reference", "--set", "checkpoint.everyIterations=10"];
      const { code, stderr } = await run([...reference, "--iterations", "100000", "--out", "disk/run"]);
      expect(stderr).toMatch(/^stiefel: disk\/run\/\S+ could not be written: no space left on the disk\. [^\n]*\n$/);
      expect(stderr).toMatch(/The checkpoint of iteration \d+ in disk\/run is intact/);
      expect(code).toBe(1);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  it("a damaged configuration of a run", async () => {
    const reference = [...tiny, "--iterations", "2", "--backend", "reference"];
    await run([...reference, "--out", "r"]);
    writeFileSync(join(cwd, "r", "config.json"), '{"task": {"name": "copying"');
    await expectError(["resume", "r"], 1, /config\.json is corrupt .*Restore it from a copy/);
    writeFileSync(join(cwd, "r", "config.json"), '{"task": {"name": "coping"}}');
    await expectError(["resume", "r"], 1, /config\.json is damaged\. .*Did you mean "copying"/);
  });

  /** A machine without a C compiler: node, and nothing else to be found. */
  const bare = () => ({ PATH: join(cwd, "no-programs"), CC: undefined });

  it("no C compiler: native says how to go on, auto falls back to wasm and says so once", async () => {
    await expectError([...tiny, "--iterations", "2", "--backend", "native"], 1, /[Cc]ompiler.*--backend wasm/, bare());
    const { code, stdout, stderr } = await run([...tiny, "--iterations", "2", "--json"], bare());
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [start] = stdout.split("\n").map((line) => line && JSON.parse(line));
    expect(start).toMatchObject({ backend: "wasm", notice: expect.stringMatching(/No C compiler found/) });
  });

  it("a compiler that CC names but is not there", async () => {
    const env = { CC: "no-such-cc" };
    await expectError([...tiny, "--iterations", "2", "--backend", "native"], 1, /[Cc]ompiler.*--backend wasm/, env);
    const { stdout } = await run(["doctor"], env);
    expect(stdout).toMatch(/The compiler that CC names, "no-such-cc", does not work/);
  });
});

describe("stiefel list, doctor and data", () => {
  it.each(["cells", "structures", "parametrizations", "tasks", "recipes", "backends", "optimizers", "schedules"])(
    "lists %s",
    async (kind) => {
      const { code, stdout } = await run(["list", kind, "--json"]);
      expect(code).toBe(0);
      const entries = JSON.parse(stdout) as { name: string; description: string }[];
      expect(entries.length).toBeGreaterThan(1);
      for (const { name, description } of entries) {
        expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(description).not.toBe("");
      }
      expect((await run(["list", kind])).stdout).toContain(entries[0].name);
    },
  );

  it("describes the machine, and what is missing", async () => {
    const { stdout } = await run(["doctor", "--json"]);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ node: process.version, wasmSimd: true });
    expect(facts.backend).toBe(facts.compiler === undefined ? "wasm" : "native");
    const without = await run(["doctor"], { PATH: join(cwd, "none"), CC: undefined });
    expect(without.stdout).toMatch(/^C compiler +none$/m);
    expect(without.stdout).toMatch(/Install one: /);
  });

  it("lists data sets and where they would be", async () => {
    const { stdout } = await run(["data", "list", "--json", "--data", cwd]);
    expect(JSON.parse(stdout)).toMatchObject([{ name: "mnist", folder: join(cwd, "mnist"), complete: false }]);
    expect(existsSync(join(cwd, "mnist"))).toBe(false);
  });
});
