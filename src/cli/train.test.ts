import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "stiefel-cli-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const small = ["train", "copying", "--set", "task.delay=6", "--set", "task.heldOutExamples=10", "--units", "10"];
const tiny = [...small, "--batch", "4", "--seed", "3", "--backend", "reference", "--threads", "1"];
const run = (...args: string[]) => runCli(args, { cwd });
const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const checkpoint = (folder: string) => readFileSync(join(cwd, folder, "checkpoint.safetensors"));
const metrics = (folder: string) => readFileSync(join(cwd, folder, "metrics.jsonl"), "utf8");

describe("stiefel train", () => {
  it("prints start, progress and end as JSON with the fields of the contract", async () => {
    const { code, stdout, stderr } = await run(...tiny, "--iterations", "40", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const events = lines(stdout);
    expect(events[0]).toMatchObject({
      event: "start",
      task: "copying",
      cell: "scornn",
      iterations: 40,
      backend: "reference",
    });
    const progress = events.filter(({ event }) => event === "progress");
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.at(-1)).toMatchObject({ iteration: 40, baseline: (10 * Math.log(8)) / 26 });
    const end = events.at(-1);
    expect(Object.keys(end)).toEqual([
      ...["event", "run", "task", "cell", "units", "parameters", "iterations", "seconds", "stepMs", "loss", "baseline"],
      "metrics",
    ]);
    expect(end).toMatchObject({ event: "end", task: "copying", cell: "scornn", units: 10, iterations: 40 });
    expect(end.parameters).toBe(10 * 10 + 45 + 10 + 10 * 9 + 9);
    const recorded = metrics(end.run)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).loss);
    expect(recorded).toHaveLength(40);
    expect(end.loss).toBe((recorded[38] + recorded[39]) / 2);
    expect(Object.keys(end.metrics)).toEqual(["loss", "accuracy"]);
    expect(end.stepMs).toBeGreaterThan(0);
    expect(end.seconds).toBeGreaterThan(0);
    expect(end.run).toMatch(/^runs\/copying-scornn-\d{8}-\d{6}$/);
    expect(readdirSync(join(cwd, end.run)).sort()).toEqual(
      ["README.md", "checkpoint.safetensors", "config.json", "loss.svg", "metrics.jsonl", "state.json"].sort(),
    );
  });

  it("ends in a pipe with the result, and says where the loss curve is", async () => {
    const { code, stdout } = await run(...tiny, "--iterations", "5", "--out", "here");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^copying, 26 steps: scornn of 10 units, 254 parameters, reference backend on 1 thread$/m);
    expect(stdout).toMatch(/^5\/5 {2}loss .* \(baseline 0\.800\)/m);
    expect(stdout).toMatch(/% of the memoryless baseline 0\.800/);
    expect(stdout).toMatch(/^test: loss .*, accuracy /m);
    expect(stdout).toMatch(/loss curve: here\/loss\.svg/);
    expect(stdout).not.toContain("\r");
    expect(readFileSync(join(cwd, "here", "loss.svg"), "utf8")).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  });

  it("gives equal files for equal seeds, and others for another seed", async () => {
    await run(...tiny, "--iterations", "6", "--out", "a");
    await run(...tiny, "--iterations", "6", "--out", "b", "--set", "checkpoint.everyIterations=2");
    await run(...tiny, "--iterations", "6", "--out", "c", "--seed", "4");
    expect(checkpoint("b").equals(checkpoint("a"))).toBe(true);
    expect(metrics("b")).toBe(metrics("a"));
    expect(checkpoint("c").equals(checkpoint("a"))).toBe(false);
  });

  it("shows settings and memory on a dry run and writes nothing", async () => {
    const { code, stdout } = await run(
      "train",
      "copying",
      "--set",
      "optimizer.lr=5e-3",
      "--dry-run",
      "--backend",
      "reference",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/21764 parameters/);
    expect(stdout).toMatch(/^ {2}lr: 0\.005$/m);
    expect(stdout).toMatch(/memory of the plan: .* MiB/);
    expect(existsSync(join(cwd, "runs"))).toBe(false);
    const json = await run("train", "adding", "--dry-run", "--json", "--backend", "reference");
    expect(lines(json.stdout)[0]).toMatchObject({ event: "plan", iterations: 20_000, parameters: 15_046 });
  });

  it("refuses a plan over the memory limit and leaves no folder", async () => {
    const { code, stderr } = await run(...tiny, "--iterations", "5", "--set", "memoryLimit=1000");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^stiefel: This plan needs .* the limit is .*smaller batch/);
    expect(existsSync(join(cwd, "runs"))).toBe(true);
    expect(readdirSync(join(cwd, "runs"))).toEqual([]);
  });

  it("stops at a diverging loss with the layer, the step and the checkpoint to go on from", async () => {
    const { code, stderr } = await run(
      ...["train", "adding", "--cell", "lstm", "--units", "4", "--iterations", "50", "--batch", "2", "--out", "d"],
      ...["--set", "task.length=6", "--set", "optimizer={name: sgd, lr: 1e+160}", "--backend", "reference"],
      ...["--set", "clip=null", "--set", "checkpoint.everyIterations=1"],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^stiefel: Iteration 2: The loss is .*--set optimizer\.lr=.*checkpoint of iteration 1 in d is intact/,
    );
  });

  it("ends quietly when nobody reads its output", async () => {
    const running = startCli([...tiny, "--iterations", "1000000", "--json", "--out", "p"], { cwd });
    running.process.stdout?.once("data", () => running.process.stdout?.destroy());
    const { code, stderr } = await running.result;
    expect(code).toBe(1);
    expect(stderr).toBe("");
    expect(existsSync(join(cwd, "p", "checkpoint.safetensors"))).toBe(true);
  });
});

describe("stiefel resume", () => {
  const training = [...tiny, "--iterations", "150", "--set", "checkpoint.everyIterations=7"];

  const threaded = ["--backend", "auto", "--threads", "2", "--batch", "16"];
  const long = ["--iterations", "4000", "--set", "checkpoint.everyIterations=50"];
  it.each([
    ["on the reference backend", training],
    ["on the fastest backend and two threads", [...training, ...threaded, ...long]],
  ])("gives the same bits after any number of SIGKILLs at any moment, %s", async (_, training) => {
    const whole = await run(...training, "--out", "whole", "--json");
    expect(whole.code).toBe(0);
    let killed = startCli([...training, "--out", "cut", "--json"], { cwd });
    let kills = 0;
    for (let attempt = 0; attempt < 12; attempt++) {
      const delay = 250 + 60 * attempt + 90 * Math.random();
      const timer = setTimeout(() => killed.process.kill("SIGKILL"), delay);
      const { signal } = await killed.result;
      clearTimeout(timer);
      if (signal !== "SIGKILL") break;
      kills++;
      if (!existsSync(join(cwd, "cut", "config.json"))) rmSync(join(cwd, "cut"), { recursive: true, force: true });
      const again = existsSync(join(cwd, "cut"))
        ? ["resume", "cut", "--json"]
        : [...training, "--out", "cut", "--json"];
      killed = startCli(again, { cwd });
    }
    const { code, stderr, stdout } = await killed.result;
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(kills).toBeGreaterThan(0);
    expect(checkpoint("cut").equals(checkpoint("whole"))).toBe(true);
    expect(metrics("cut")).toBe(metrics("whole"));
    const [ofCut, ofWhole] = [stdout, whole.stdout].map((text) => lines(text).at(-1));
    expect(ofCut.loss).toBe(ofWhole.loss);
    expect(ofCut.metrics).toEqual(ofWhole.metrics);
  });

  it.each([
    ["dtriv", "model.cell={name: dtriv, rebaseEvery: 3, projectEvery: 2}"],
    ["spectral-radius", "model={cell: {name: rnn}, parametrization: spectral-radius}"],
  ])("keeps what the parametrization %s remembers: resumed, validated or not, to the same bits", async (_, model) => {
    const one = [...tiny, "--set", model];
    await run(...one, "--iterations", "23", "--out", "whole");
    await run(...one, "--iterations", "11", "--out", "cut", "--set", "training.validateEvery=2");
    const { code, stderr } = await run("resume", "cut", "--iterations", "23");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(checkpoint("cut").equals(checkpoint("whole"))).toBe(true);
    const [ofCut, ofWhole] = await Promise.all(["cut", "whole"].map((name) => run("evaluate", name, "--json")));
    expect(lines(ofCut.stdout)[0].metrics).toEqual(lines(ofWhole.stdout)[0].metrics);
  });

  it("goes on after Ctrl-C, which saves and says how", async () => {
    const endless = [...tiny, "--iterations", "1000000", "--out", "stopped"];
    const running = startCli(endless, { cwd });
    await until(() => /steps of|in stopped/.test(running.output()));
    await new Promise((resolve) => setTimeout(resolve, 400));
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.result;
    expect(stderr).toBe("");
    expect(code).toBe(1);
    const at = Number(/Stopped at iteration (\d+); go on with: stiefel resume stopped/.exec(stdout)?.[1]);
    expect(at).toBeGreaterThan(0);
    const resumed = await run("resume", "stopped", "--iterations", String(at + 5), "--json");
    expect(lines(resumed.stdout)[0]).toMatchObject({ event: "start", iteration: at });
    expect(lines(resumed.stdout).at(-1)).toMatchObject({ event: "end", iterations: at + 5 });
    await run(...tiny, "--iterations", String(at + 5), "--out", "whole");
    expect(metrics("stopped")).toBe(metrics("whole"));
  });

  it("starts again when the run was killed before its first checkpoint, and has nothing to do after its end", async () => {
    await run(...training, "--out", "whole");
    const bytes = checkpoint("whole");
    for (const file of readdirSync(join(cwd, "whole"))) {
      if (file !== "config.json") rmSync(join(cwd, "whole", file));
    }
    expect((await run("resume", "whole")).code).toBe(0);
    expect(checkpoint("whole").equals(bytes)).toBe(true);
    rmSync(join(cwd, "whole", "loss.svg"));
    const { code, stdout } = await run("resume", "whole", "--json");
    expect(code).toBe(0);
    expect(lines(stdout).at(-1)).toMatchObject({ event: "end", iterations: 150 });
    expect(existsSync(join(cwd, "whole", "loss.svg"))).toBe(true);
    expect(checkpoint("whole").equals(bytes)).toBe(true);
  });

  it("says what is wrong with a corrupt checkpoint, and goes on from the previous one", async () => {
    await run(...training, "--out", "whole");
    const good = checkpoint("whole");
    const bad = Buffer.from(good);
    bad[bad.length - 100] ^= 0x10;
    writeFileSync(join(cwd, "whole", "checkpoint.safetensors"), bad);
    const { code, stderr } = await run("resume", "whole");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^stiefel: whole\/checkpoint\.safetensors is corrupt: .*previous\.safetensors of iteration 147 is intact.*--previous".\n$/,
    );
    expect((await run("evaluate", "whole")).code).toBe(1);
    expect((await run("resume", "whole", "--previous")).code).toBe(0);
    expect(checkpoint("whole").equals(good)).toBe(true);
  });

  it("refuses to train a run that another process is training", async () => {
    const running = startCli([...tiny, "--iterations", "1000000", "--out", "busy"], { cwd });
    await until(() => existsSync(join(cwd, "busy", "lock")));
    const { code, stderr } = await run("resume", "busy");
    running.process.kill("SIGINT");
    await running.result;
    expect(code).toBe(1);
    expect(stderr).toMatch(/is being trained by process \d+\. Wait for it or stop it/);
  });
});

describe("stiefel evaluate", () => {
  it("gives the metrics that training ended with", async () => {
    const trained = await run(...tiny, "--iterations", "8", "--out", "e", "--json");
    const evaluated = await run("evaluate", "e", "--json");
    expect(evaluated.code).toBe(0);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ split: "test", iteration: 8 });
    expect(JSON.parse(evaluated.stdout).metrics).toEqual(lines(trained.stdout).at(-1).metrics);
    const text = await run("evaluate", "e", "--split", "validation");
    expect(text.stdout).toMatch(/^e, iteration 8, 10 validation examples of copying\nloss {6}\d/);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
