/**
 * Trains scoRNN and LSTM on the copying task with delays of 1000 and 2000 steps and draws docs/images/copying.svg:
 * 2000 iterations each, on fresh data. Finished runs in runs/copying-figure/ are drawn again, not trained again.
 *
 *     node scripts/copying-figure.mjs            about ten minutes on two idle cores
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { curve, drawCurves } from "./copying-plot.mjs";

const folder = "runs/copying-figure";
const series = [
  { name: "scoRNN, 190 units, paper's settings", colour: "#56b4e9", args: ["--cell", "scornn"] },
  { name: "scoRNN, 190 units, with schedule and clipping", colour: "#0072b2", args: ["--recipe", "demo"] },
  { name: "LSTM, 68 units", colour: "#d55e00", args: ["--cell", "lstm", "--units", "68"] },
];
const delays = [1000, 2000];

const points = delays.flatMap((delay) =>
  series.flatMap((one, index) => curve(train(one, index, delay), one.name, delay)),
);
drawCurves({ file: "docs/images/copying.svg", points, series, delays, iterations: 2000, domain: [1e-4, 3] });

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
