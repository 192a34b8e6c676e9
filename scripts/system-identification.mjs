/**
 * How well each family of unitary matrices identifies a unitary recurrent network, by its size: trains every family on every
 * system, writes all results to docs/measurements/system-identification.json and draws docs/images/system-identification.svg,
 * the normalised squared error on the test split of sequences of 150 steps (points: seeds, each its own system; lines: medians).
 *
 *     npm run build
 *     node scripts/system-identification.mjs                   trains what has no result yet, then draws
 *     node scripts/system-identification.mjs --finished        draws what there is
 *     node scripts/system-identification.mjs --units 4,6 --seeds 1 --folder /tmp/si --table /tmp/si.json --figure /tmp/si.svg
 *
 * The state is nearly linear, h_t ≈ Σ_s x_s W^{t−s}, so an error of an eigenphase grows with t: from random W, training at T = 150
 * stalls in wells of width 1/T (nmse 0.1 to 0.6 at n = 4 to 16), whatever the family. Hence a curriculum over the length. At T = 2, where
 * no power of W enters, models are trained from several starts, until one is solved; the uRNN gets more starts than the others,
 * since only one in many finds a system of its own family. The best on the validation split goes on with T = 4, 10, 30, 75 and 150,
 * but for the lengths at which it is solved already. The settings stand in system-identification-train.mjs.
 *
 * Systems, inputs, T and the 20 000 training sequences are those of Wisdom et al. 2016 (code); held out are 200 sequences, not
 * 2000. The curriculum, the starts, optimisers, learning rates and iterations are this project's own: the paper's are not known here.
 *
 * Each run writes its result into --folder, as JSON; runs with a result are not trained again. --jobs runs train at a time, a process
 * and a thread each.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { batch, solved, stages, families as trained } from "./system-identification-train.mjs";

/** Okabe and Ito's colours, those of the other figures; wide lines first, to be seen under the others where all are solved. */
const families = [
  { name: "urnn", label: "uRNN", colour: "#e69f00", width: 4.6 },
  { name: "eurnn-n", label: "EURNN, L = n", colour: "#0072b2", width: 1.5 },
  { name: "scurnn", label: "scuRNN", colour: "#cc79a7", width: 3.4 },
  { name: "fcurnn", label: "full capacity", colour: "#009e73", width: 1.8 },
];
const systemLabels = {
  restricted: "W_sys of the uRNN's family",
  haar: "any unitary W_sys",
};

const frame = { width: 1040, height: 380, marginLeft: 70, marginRight: 150, marginTop: 44, marginBottom: 44 };
/** Errors below, of float32 training alone, are drawn at it. */
const floor = 1e-8;
const ceiling = 5;

const { values: flags } = parseArgs({
  options: {
    units: { type: "string", default: "4,6,7,8,16,32,64" },
    systems: { type: "string", default: Object.keys(systemLabels).join() },
    families: { type: "string", default: "urnn,scurnn,fcurnn" },
    seeds: { type: "string", default: "1,2" },
    jobs: { type: "string", default: "1" },
    folder: { type: "string", default: "runs/system-identification" },
    table: { type: "string", default: "docs/measurements/system-identification.json" },
    finished: { type: "boolean", default: false },
    figure: { type: "string", default: "docs/images/system-identification.svg" },
  },
});
const numbers = (list) => list.split(",").map(Number);
const units = numbers(flags.units);
const systems = known("systems", Object.keys(systemLabels));
const chosen = known(
  "families",
  families.map(({ name }) => name),
).map((name) => families.find((f) => f.name === name));

// Small models first, so that a run cut short has whole rows.
const plan = numbers(flags.seeds).flatMap((seed) =>
  units.flatMap((n) =>
    systems.flatMap((system) => chosen.map(({ name }) => ({ family: name, system, units: n, seed }))),
  ),
);
mkdirSync(flags.folder, { recursive: true });
const results = [];
let next = 0;
await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
const searches = Object.fromEntries(chosen.map(({ name }) => [name, trained[name].search]));
const protocol = { batch, solved, search: searches, stages };
const rows = plan.flatMap((run) => results.filter((r) => fileOf(r) === fileOf(run)));
save(flags.table, table({ protocol, results: rows }));
save(flags.figure, figure(rows));

async function worker() {
  while (next < plan.length) {
    const run = plan[next++];
    const file = fileOf(run);
    if (!existsSync(file)) {
      if (flags.finished) continue;
      save(file, await identified(run));
    }
    const found = JSON.parse(readFileSync(file, "utf8"));
    results.push(found);
    const { family, system, units: n, seed, nmse, seconds } = found;
    console.log(`${system} n=${n} ${family} seed ${seed}: nmse ${nmse.toExponential(2)}, ${seconds.toFixed(0)} s`);
  }
}

function fileOf({ family, system, units: n, seed }) {
  return `${flags.folder}/${system}-${n}-${family}-${seed}.json`;
}

/** The JSON a run's process prints. */
function identified(run) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["scripts/system-identification-train.mjs", JSON.stringify(run)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${JSON.stringify(run)} ended with ${code}`));
    });
  });
}

function figure(all) {
  const drawn = systems.filter((system) => all.some((r) => r.system === system));
  const points = all.map(({ nmse, ...run }) => ({ ...run, nmse: Math.max(nmse, floor) }));
  const { document } = parseHTML("<html><body></body></html>");
  const svg = Plot.plot({
    document,
    ...frame,
    style: { background: "white", color: "black", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    fx: { label: null, domain: drawn, tickFormat: (system) => systemLabels[system], padding: 0.08 },
    x: { type: "point", label: "units n", domain: units.filter((n) => all.some((r) => r.units === n)), padding: 0.4 },
    y: {
      type: "log",
      label: "normalised squared error, T = 150",
      grid: true,
      domain: [floor, ceiling],
      ticks: [1e-8, 1e-6, 1e-4, 1e-2, 1],
      tickFormat: (v) => (v === floor ? "≤ 1e−8" : v === 1 ? "1" : `1e−${Math.round(-Math.log10(v))}`),
    },
    marks: [
      Plot.frame({ stroke: "#ccc" }),
      Plot.ruleY([1], { stroke: "black", strokeDasharray: "5 4" }),
      Plot.text(drawn.slice(0, 1), {
        fx: (system) => system,
        y: 1,
        text: () => "answering zero",
        frameAnchor: "left",
        dx: 6,
        dy: -8,
        textAnchor: "start",
      }),
      ...chosen.flatMap(({ name, colour, width }) => {
        const own = points.filter(({ family }) => family === name);
        const medians = Plot.groupX({ y: "median" }, { x: "units", y: "nmse", fx: "system", z: null, stroke: colour });
        return [
          Plot.line(own, { ...medians, strokeWidth: width }),
          Plot.dot(own, { x: "units", y: "nmse", fx: "system", fill: colour, r: 1.5 + width / 1.8, fillOpacity: 0.75 }),
        ];
      }),
      ...lineEnds(points.filter(({ system }) => system === drawn.at(-1))).map(({ label, colour, offset }) =>
        Plot.text([label], {
          fx: drawn.slice(-1),
          frameAnchor: "right",
          textAnchor: "start",
          fill: colour,
          fontWeight: "bold",
          dx: 8,
          dy: offset,
        }),
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}

/** The families with the distance of their labels from the frame's middle: at the ends of their lines, 18 pixels apart. */
function lineEnds(points) {
  const height = frame.height - frame.marginTop - frame.marginBottom;
  const ends = chosen.flatMap((family) => {
    const own = points.filter((p) => p.family === family.name);
    if (own.length === 0) return [];
    const last = Math.max(...own.map((p) => p.units));
    const ys = own.filter((p) => p.units === last).map((p) => p.nmse);
    const share = Math.log(ceiling / median(ys)) / Math.log(ceiling / floor);
    return [{ ...family, offset: (share - 0.5) * height }];
  });
  ends.sort((a, b) => b.offset - a.offset);
  for (let i = 1; i < ends.length; i++) ends[i].offset = Math.min(ends[i].offset, ends[i - 1].offset - 18);
  return ends;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function known(flag, valid) {
  const names = flags[flag].split(",");
  const unknown = names.find((name) => !valid.includes(name));
  if (unknown !== undefined) throw new Error(`--${flag} names ${unknown}; there are ${valid.join(", ")}.`);
  return names;
}

/** A line for each stage and each result. */
function table({ protocol, results: all }) {
  const lines = (list) => list.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  const { stages: list, ...settings } = protocol;
  const head = JSON.stringify({ ...settings, cosine: "to 1 % of lr" }).slice(1, -1);
  return `{\n  ${head},\n  "stages": [\n${lines(list)}\n  ],\n  "results": [\n${lines(all)}\n  ]\n}\n`;
}

function save(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
