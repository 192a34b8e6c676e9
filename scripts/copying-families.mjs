/**
 * Trains the families of the papers on the copying task with delays of 1000 and 2000 steps, from their recipes, and draws
 * docs/images/copying-families.svg: the same number of iterations each, on fresh data. Finished runs in runs/copying-families/
 * are drawn again, not trained again; interrupted ones go on.
 *
 *     node scripts/copying-families.mjs [--iterations 2000] [--only urnn,fcurnn] [--threads 2]
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const { values: options } = parseArgs({
  options: { iterations: { type: "string", default: "2000" }, only: { type: "string" }, threads: { type: "string" } },
});
const iterations = Number(options.iterations);
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
const baseline = (delay) => (10 * Math.log(8)) / (delay + 20);

const runs = delays.flatMap((delay) => families.map((family) => ({ ...family, delay, ...train(family, delay) })));
const points = runs.flatMap(({ folder: run, name, delay }) => curve(run, name, delay));
writeFileSync(`${folder}/table.json`, `${JSON.stringify(runs, undefined, 2)}\n`);
draw();

/** Trains, or goes on, or does nothing; the last event of the run. */
function train({ cell }, delay) {
  const out = `${folder}/${delay}-${cell}`;
  const threads = options.threads === undefined ? [] : ["--threads", options.threads];
  const length = ["--iterations", String(iterations), ...threads, "--json"];
  const settings = ["--cell", cell, "--batch", "20", "--seed", "1", "--set", `task.delay=${delay}`];
  const command = existsSync(`${out}/config.json`)
    ? ["resume", out, ...length]
    : ["train", "copying", ...settings, ...length, "--out", out];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli/main.js", ...command], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0 && !/already/.test(stderr)) throw new Error(`${out}: ${stderr}`);
  const end = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line || "{}"))
    .find(({ event }) => event === "end");
  if (end !== undefined) writeFileSync(`${out}/end.json`, JSON.stringify(end));
  const known = JSON.parse(readFileSync(`${out}/end.json`, "utf8"));
  const { parameters, loss, seconds, stepMs, metrics } = known;
  process.stdout.write(
    `${cell} T=${delay}: loss ${loss.toPrecision(3)}, ${((100 * loss) / baseline(delay)).toFixed(1)} % of the baseline, ${stepMs.toFixed(1)} ms a step\n`,
  );
  return { folder: out, parameters, loss, seconds, stepMs, accuracy: metrics.accuracy };
}

/** Means over stretches of 20 iterations. */
function curve(run, name, delay) {
  const lines = readFileSync(`${run}/metrics.jsonl`, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const losses = lines.filter(({ loss }) => loss !== undefined);
  const stretch = 20;
  return Array.from({ length: Math.floor(losses.length / stretch) }, (_, i) => {
    const part = losses.slice(i * stretch, (i + 1) * stretch);
    const mean = part.reduce((sum, { loss }) => sum + loss, 0) / stretch;
    return { name, delay, iteration: part.at(-1).iteration, loss: mean };
  });
}

function draw() {
  const { document } = parseHTML("<html><body></body></html>");
  const svg = Plot.plot({
    document,
    width: 960,
    height: 400,
    marginLeft: 60,
    marginRight: 20,
    marginTop: 40,
    marginBottom: 40,
    style: { background: "white", color: "black", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    fx: { label: null, tickFormat: (delay) => `delay of ${delay} steps`, padding: 0.08 },
    x: { label: "iteration", grid: false },
    y: {
      type: "log",
      label: "cross-entropy",
      grid: true,
      domain: [1e-5, 3],
      clamp: true,
      ticks: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1],
      tickFormat: "~g",
    },
    marks: [
      Plot.frame({ stroke: "#ccc" }),
      Plot.ruleY(delays, { fx: (delay) => delay, y: baseline, stroke: "black", strokeDasharray: "5 4" }),
      Plot.text(delays, {
        fx: (d) => d,
        y: baseline,
        x: iterations,
        text: () => "memoryless baseline",
        dy: -7,
        textAnchor: "end",
      }),
      Plot.line(points, {
        fx: "delay",
        x: "iteration",
        y: "loss",
        stroke: ({ name }) => families.find((family) => family.name === name).colour,
        z: "name",
        strokeWidth: 1.6,
      }),
      ...families.map(({ name, colour }, i) =>
        Plot.text([name], {
          frameAnchor: "top-right",
          fill: colour,
          dx: -8,
          dy: 8 + 16 * i,
          fx: [delays[1]],
          fontWeight: "bold",
        }),
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  mkdirSync("docs/images", { recursive: true });
  writeFileSync("docs/images/copying-families.svg", `${svg.outerHTML}\n`);
}
