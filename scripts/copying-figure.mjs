/**
 * Trains scoRNN and LSTM on the copying task with delays of 1000 and 2000 steps and draws docs/images/copying.svg:
 * 2000 iterations each, on fresh data. Finished runs in runs/copying-figure/ are drawn again, not trained again.
 *
 *     node scripts/copying-figure.mjs            about ten minutes on two idle cores
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const folder = "runs/copying-figure";
const series = [
  { name: "scoRNN, 190 units, paper's settings", colour: "#56b4e9", args: ["--cell", "scornn"] },
  { name: "scoRNN, 190 units, with schedule and clipping", colour: "#0072b2", args: ["--recipe", "demo"] },
  { name: "LSTM, 68 units", colour: "#d55e00", args: ["--cell", "lstm", "--units", "68"] },
];
const delays = [1000, 2000];
const baseline = (delay) => (10 * Math.log(8)) / (delay + 20);

const points = delays.flatMap((delay) =>
  series.flatMap((one, index) => curve(train(one, index, delay), one.name, delay)),
);
const { document } = parseHTML("<html><body></body></html>");
const svg = Plot.plot({
  document,
  width: 900,
  height: 360,
  marginLeft: 60,
  marginTop: 56,
  marginBottom: 40,
  style: { background: "white", color: "black", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
  fx: { label: null, tickFormat: (delay) => `delay of ${delay} steps`, padding: 0.08 },
  x: { label: "iteration", grid: false },
  y: {
    type: "log",
    label: "cross-entropy",
    grid: true,
    domain: [1e-4, 3],
    clamp: true,
    ticks: [1e-4, 1e-3, 1e-2, 1e-1, 1],
    tickFormat: "~g",
  },
  color: { domain: series.map(({ name }) => name), range: series.map(({ colour }) => colour) },
  marks: [
    Plot.frame({ stroke: "#ccc" }),
    Plot.ruleY(delays, { fx: (delay) => delay, y: baseline, stroke: "black", strokeDasharray: "5 4" }),
    Plot.text(delays, {
      fx: (d) => d,
      y: baseline,
      x: 2000,
      text: () => "memoryless baseline",
      dy: -7,
      textAnchor: "end",
    }),
    Plot.line(points, { fx: "delay", x: "iteration", y: "loss", stroke: "name", strokeWidth: 1.6 }),
    ...series.map(({ name, colour }, i) =>
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
writeFileSync("docs/images/copying.svg", `${svg.outerHTML}\n`);

/** Folder of a finished run. */
function train({ args }, index, delay) {
  const out = `${folder}/${delay}-${index}`;
  const size = [
    "--units",
    "190",
    "--batch",
    "20",
    "--iterations",
    "2000",
    "--seed",
    "1",
    "--set",
    `task.delay=${delay}`,
  ];
  const command = existsSync(`${out}/config.json`)
    ? ["resume", out, "--json"]
    : ["train", "copying", ...size, ...args, "--out", out, "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli/main.js", ...command], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0 && !/already/.test(stderr)) throw new Error(stderr);
  process.stdout.write(`${stdout.trim().split("\n").at(-1)}\n`);
  return out;
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
    return {
      name,
      delay,
      iteration: part.at(-1).iteration,
      loss: part.reduce((sum, { loss }) => sum + loss, 0) / stretch,
    };
  });
}
