/**
 * How well each family of unitary matrices identifies a unitary recurrent network, by its size: trains every family on every
 * system, writes all results to docs/results/system-identification.json and draws docs/images/system-identification.svg, the
 * normalised squared error on the test split (points: systems of different seeds; lines: their median).
 *
 *     npm run build
 *     node scripts/system-identification.mjs                      everything
 *     node scripts/system-identification.mjs --iterations 300 --units 4,8,16 --seeds 1 --folder /tmp/si --table /tmp/si.json --figure /tmp/si.svg
 *
 * Each run has a folder in --folder and its result beside it, as JSON. Runs with a result are not trained again, interrupted
 * ones are taken up where they stopped. --jobs runs train at a time, on one thread each.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const evenAtLeast = (n) => n + (n % 2);
/** In the order of the legend; `set` are options beside those of the cell's recipe. */
const families = [
  { name: "urnn", label: "uRNN, 7n parameters", colour: "#e69f00", cell: "urnn" },
  { name: "eurnn-2", label: "EURNN, L = 2", colour: "#56b4e9", cell: "eurnn", set: () => ["model.cell.capacity=2"] },
  {
    name: "eurnn-n",
    label: "EURNN, L = n, any unitary",
    colour: "#0072b2",
    cell: "eurnn",
    set: (n) => [`model.cell.capacity=${evenAtLeast(n)}`],
  },
  { name: "scurnn", label: "scuRNN, any unitary", colour: "#cc79a7", cell: "scurnn" },
  { name: "fcurnn", label: "full capacity, any unitary", colour: "#009e73", cell: "fcurnn" },
];
const systemLabels = {
  restricted: "W_sys of the uRNN's family",
  product2: "product of two such",
  haar: "any unitary W_sys",
};

const { values: flags } = parseArgs({
  options: {
    iterations: { type: "string", default: "3000" },
    units: { type: "string", default: "4,6,7,8,16,32,64" },
    systems: { type: "string", default: Object.keys(systemLabels).join() },
    families: { type: "string", default: families.map(({ name }) => name).join() },
    seeds: { type: "string", default: "1,2,3" },
    jobs: { type: "string", default: "2" },
    folder: { type: "string", default: "runs/system-identification" },
    table: { type: "string", default: "docs/results/system-identification.json" },
    figure: { type: "string", default: "docs/images/system-identification.svg" },
  },
});
const numbers = (list) => list.split(",").map(Number);
const iterations = Number(flags.iterations);
const units = numbers(flags.units);
const systems = known("systems", Object.keys(systemLabels));
const chosen = known(
  "families",
  families.map(({ name }) => name),
).map((name) => families.find((f) => f.name === name));

// Small models first, so that a run cut short has whole rows.
const plan = units.flatMap((n) =>
  numbers(flags.seeds).flatMap((seed) =>
    systems.flatMap((system) => chosen.map((family) => ({ family, system, units: n, seed }))),
  ),
);
mkdirSync(flags.folder, { recursive: true });
const results = new Array(plan.length);
let next = 0;
await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
save(flags.table, `${JSON.stringify({ iterations, results }, undefined, 1)}\n`);
save(flags.figure, figure(results));

async function worker() {
  while (next < plan.length) {
    const index = next++;
    results[index] = await result(plan[index]);
    const { family, system, units: n, seed, nmse, failed } = results[index];
    console.log(`${index + 1}/${plan.length} ${system} n=${n} ${family} seed ${seed}: ${failed ?? `nmse ${nmse}`}`);
  }
}

/** Of a run, from its file if it has one. */
async function result({ family, system, units: n, seed }) {
  const out = `${flags.folder}/${system}-${n}-${family.name}-${seed}-${iterations}`;
  const file = `${out}.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const task = [`task.units=${n}`, `task.system=${system}`, `task.systemSeed=${seed}`];
  const size = ["--cell", family.cell, "--units", `${n}`, "--iterations", `${iterations}`, "--seed", `${seed}`];
  const set = [...task, ...(family.set?.(n) ?? [])].flatMap((assignment) => ["--set", assignment]);
  const { events, code, stderr } = await stiefel(
    existsSync(`${out}/config.json`)
      ? ["resume", out, "--json", "--threads", "1"]
      : ["train", "system-identification", ...size, ...set, "--threads", "1", "--out", out, "--json"],
  );
  const end = events.find(({ event }) => event === "end");
  // 1 is a training that diverged, which is a result; 2 a mistake, anything else a signal.
  if (end === undefined && code !== 1) throw new Error(stderr);
  const subject = { family: family.name, system, units: n, seed, iterations };
  const outcome = end
    ? {
        parameters: end.parameters,
        nmse: end.metrics.nmse,
        loss: end.loss,
        baseline: end.baseline,
        seconds: end.seconds,
      }
    : { failed: stderr.trim() };
  save(file, `${JSON.stringify({ ...subject, ...outcome })}\n`);
  return { ...subject, ...outcome };
}

/** Runs the command line and gathers its events. */
function stiefel(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["dist/cli/main.js", ...args]);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      const lines = output.stdout.trim().split("\n").filter(Boolean);
      resolve({ code, stderr: output.stderr, events: lines.map((line) => JSON.parse(line)) });
    });
  });
}

function figure(all) {
  const points = all.filter(({ nmse }) => nmse !== undefined);
  const medians = Plot.groupX({ y: "median" }, { x: "units", y: "nmse", fx: "system", stroke: "family" });
  const { document } = parseHTML("<html><body></body></html>");
  const smallest = Math.min(...points.map(({ nmse }) => nmse));
  const svg = Plot.plot({
    document,
    width: 1040,
    height: 380,
    marginLeft: 60,
    marginRight: 190,
    marginTop: 56,
    marginBottom: 44,
    style: { background: "white", color: "black", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    fx: { label: null, domain: systems, tickFormat: (system) => systemLabels[system], padding: 0.08 },
    x: { type: "point", label: "units", domain: units, padding: 0.4 },
    y: {
      type: "log",
      label: "normalised squared error",
      grid: true,
      domain: [10 ** Math.floor(Math.log10(Math.min(smallest, 0.5))), 3],
      ticks: 6,
      tickFormat: "~g",
    },
    color: { domain: families.map(({ name }) => name), range: families.map(({ colour }) => colour) },
    marks: [
      Plot.frame({ stroke: "#ccc" }),
      Plot.ruleY([1], { stroke: "black", strokeDasharray: "5 4" }),
      Plot.text([systems.at(-1)], {
        fx: (system) => system,
        y: 1,
        text: () => "answering zero",
        frameAnchor: "right",
        dx: 8,
        textAnchor: "start",
      }),
      Plot.line(points, { ...medians, strokeWidth: 1.6 }),
      Plot.dot(points, { x: "units", y: "nmse", fx: "system", fill: "family", r: 2.5, fillOpacity: 0.7 }),
      ...chosen.map(({ label, colour }, i) =>
        Plot.text([label], {
          fx: [systems.at(-1)],
          frameAnchor: "right",
          textAnchor: "start",
          fill: colour,
          fontWeight: "bold",
          dx: 8,
          dy: 18 * i - 20,
        }),
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}

function known(flag, valid) {
  const names = flags[flag].split(",");
  const unknown = names.find((name) => !valid.includes(name));
  if (unknown !== undefined) throw new Error(`--${flag} names ${unknown}; there are ${valid.join(", ")}.`);
  return names;
}

function save(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
