/**
 * Loss curves of copying runs, one panel per delay, for the scripts that compare cells on that task.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Loss of the best predictor without memory, 10 ln 8/(T + 20). */
export const baseline = (delay) => (10 * Math.log(8)) / (delay + 20);

/** A run's losses as means over stretches of 20 iterations. */
export function curve(run, name, delay) {
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

/** Writes an SVG of `points` of `curve`; `series` are { name, colour } in the order of the legend. */
export function drawCurves({ file, points, series, delays, iterations, domain }) {
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
      domain,
      clamp: true,
      ticks: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1].filter((tick) => tick >= domain[0]),
      tickFormat: "~g",
    },
    color: { domain: series.map(({ name }) => name), range: series.map(({ colour }) => colour) },
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
      Plot.line(points, { fx: "delay", x: "iteration", y: "loss", stroke: "name", strokeWidth: 1.6 }),
      ...series.map(({ name, colour }, i) =>
        Plot.text([name], {
          frameAnchor: "top-right",
          fill: colour,
          dx: -8,
          dy: 8 + 16 * i,
          fx: [delays.at(-1)],
          fontWeight: "bold",
        }),
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${svg.outerHTML}\n`);
}
