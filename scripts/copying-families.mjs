/**
 * Trains the families of the papers on the copying task with delays of 1000 and 2000 steps, from their recipes, and draws
 * docs/images/copying-families.svg: the same number of iterations each at a delay, on fresh data. Finished runs in runs/copying-families/
 * are drawn again, not trained again; interrupted ones go on.
 *
 *     node scripts/copying-families.mjs [--iterations 2000,2000] [--only urnn,fcurnn] [--threads 2]
 *     node scripts/copying-families.mjs --finished      only draws, runs of any length
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { baseline, curve, drawCurves } from "./copying-plot.mjs";

const { values: options } = parseArgs({
  options: {
    iterations: { type: "string", default: "2000,2000" },
    only: { type: "string" },
    threads: { type: "string" },
    finished: { type: "boolean", default: false },
  },
});
const folder = "runs/copying-families";
/** The sizes and settings are those of recipes/copying-CELL.yaml, the papers'. Okabe and Ito's palette. */
const families = [
  { cell: "urnn", name: "uRNN, 470 units", colour: "#e69f00" },
  { cell: "fcurnn", name: "full-capacity uRNN, 128", colour: "#009e73" },
  { cell: "scornn", name: "scoRNN, 190", colour: "#0072b2" },
  { cell: "exprnn", name: "expRNN, 190", colour: "#cc79a7" },
  { cell: "lstm", name: "LSTM, 68", colour: "#555555" },
].filter(({ cell }) => options.only === undefined || options.only.split(",").includes(cell));
const delays = [1000, 2000];
/** At each delay. */
const iterations = Object.fromEntries(options.iterations.split(",").map((count, i) => [delays[i], Number(count)]));

const runs = delays.flatMap((delay) => families.map((family) => ({ ...family, delay, ...train(family, delay) })));
const points = runs.flatMap(({ folder: run, name, delay }) => curve(run, name, delay));
writeFileSync(`${folder}/table.json`, `${JSON.stringify(runs, undefined, 2)}\n`);
drawCurves({
  file: "docs/images/copying-families.svg",
  points,
  series: families,
  delays,
  iterations: Math.max(...Object.values(iterations)),
  domain: [1e-5, 3],
});

/** Trains, goes on, or does nothing where that is done; what the run's last event says. */
function train({ cell }, delay) {
  const out = `${folder}/${delay}-${cell}`;
  const end = finished(out, iterations[delay]) ?? run(cell, delay, out);
  const { parameters, loss, seconds, stepMs, metrics } = end;
  const share = ((100 * loss) / baseline(delay)).toFixed(1);
  console.log(
    `${cell} T=${delay}: loss ${loss.toPrecision(3)}, ${share} % of the baseline, ${stepMs?.toFixed(1) ?? "no step"} ms a step`,
  );
  return { folder: out, iterations: end.iterations, parameters, loss, seconds, stepMs, accuracy: metrics.accuracy };
}

function finished(out, wanted) {
  if (!existsSync(`${out}/end.json`)) return undefined;
  const end = JSON.parse(readFileSync(`${out}/end.json`, "utf8"));
  return options.finished || end.iterations === wanted ? end : undefined;
}

function run(cell, delay, out) {
  const threads = options.threads === undefined ? [] : ["--threads", options.threads];
  const length = ["--iterations", String(iterations[delay]), ...threads, "--json"];
  const settings = ["--cell", cell, "--batch", "20", "--seed", "1", "--set", `task.delay=${delay}`];
  const command = existsSync(`${out}/config.json`)
    ? ["resume", out, ...length]
    : ["train", "copying", ...settings, ...length, "--out", out];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli/main.js", ...command], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${out}: ${stderr}`);
  const end = JSON.parse(stdout.trim().split("\n").at(-1));
  writeFileSync(`${out}/end.json`, `${JSON.stringify(end)}\n`);
  return end;
}
