import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../testing/cli.ts";

const peakPrinter = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS/1024))`;

it("a run's peak memory is at most what --dry-run prints and 300 MB", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "stiefel-memory-"));
  try {
    const sizes = ["--cell", "lstm", "--units", "128", "--batch", "32", "--set", "task.delay=500", "--threads", "2"];
    const train = ["train", "copying", ...sizes, "--set", "task.heldOutExamples=32"];
    const plan = await runCli([...train, "--dry-run"], { cwd });
    const planned = Number(/memory of the plan: ([\d.]+) MiB/.exec(plan.stdout)?.[1]);
    const NODE_OPTIONS = `--import ${peakPrinter}`;
    const { stderr } = await runCli([...train, "--iterations", "3"], { cwd, env: { NODE_OPTIONS } });
    const peak = Number(/peak ([\d.]+)/.exec(stderr)?.[1]);
    expect(planned).toBeGreaterThan(20);
    expect(peak).toBeLessThan(planned + 300e6 / 2 ** 20);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
