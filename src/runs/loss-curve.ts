import type { MetricsLine } from "./metrics-log.ts";

export interface LossCurveOptions {
  readonly title: string;
  /** Loss of the best predictor that remembers nothing: a dashed line. */
  readonly baseline: number;
  /** Pixels. Default 720 × 400. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * The training loss over the iterations as a standalone SVG, the baseline and validation losses beside it. The loss axis is
 * logarithmic when the values span more than a factor of 20. Long curves are drawn as means of equal stretches.
 */
export async function lossCurve(lines: readonly MetricsLine[], options: LossCurveOptions): Promise<string> {
  const [Plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { title, baseline, width = 720, height = 400 } = options;
  const curve = stretchMeans(lines, 600);
  const validation = lines.flatMap(({ iteration, validation }) =>
    validation !== undefined && Number.isFinite(validation.loss) ? [{ iteration, loss: validation.loss }] : [],
  );
  const values = [baseline, ...curve.map(({ loss }) => loss), ...validation.map(({ loss }) => loss)];
  const smallest = Math.min(...values);
  const logarithmic = smallest > 0 && Math.max(...values) / smallest > 20;
  const end = lines.reduce((latest, { iteration }) => Math.max(latest, iteration), 1);
  const { document } = parseHTML("<html><body></body></html>");
  const svg = Plot.plot({
    // linkedom's document is enough for Plot, but not of the type a browser's has.
    document: document as never,
    width,
    height,
    marginLeft: 64,
    marginRight: 24,
    marginTop: 44,
    marginBottom: 40,
    style: { background: "white", color: "black", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    x: { label: "iteration", domain: [0, end] },
    y: {
      label: "loss",
      grid: true,
      type: logarithmic ? "log" : "linear",
      zero: !logarithmic,
      nice: !logarithmic,
      tickFormat: "~g",
    },
    marks: [
      Plot.ruleY([baseline], { stroke: colours.baseline, strokeDasharray: "6 4", strokeWidth: 1.5 }),
      Plot.text([{ x: end, y: baseline }], {
        x: "x",
        y: "y",
        text: [`baseline ${baseline.toPrecision(3)}`],
        textAnchor: "end",
        dy: -7,
        fill: colours.baseline,
      }),
      Plot.line(curve, { x: "iteration", y: "loss", stroke: colours.training, strokeWidth: 1.5 }),
      Plot.dot(validation, { x: "iteration", y: "loss", fill: colours.validation, r: 3 }),
      Plot.text([title], { frameAnchor: "top", dy: -34, fontSize: 14, fontWeight: "bold" }),
      ...(validation.length === 0
        ? []
        : [Plot.text(["● validation"], { frameAnchor: "top-right", dy: -16, fill: colours.validation })]),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}

/** Of Okabe and Ito's palette, told apart with any colour vision. */
const colours = { training: "#0072b2", baseline: "#d55e00", validation: "#009e73" };

/** Means over at most `count` equal stretches of iterations, each at its last iteration. */
function stretchMeans(lines: readonly MetricsLine[], count: number): { iteration: number; loss: number }[] {
  const points = lines.flatMap(({ iteration, loss }) =>
    loss !== undefined && Number.isFinite(loss) ? [{ iteration, loss }] : [],
  );
  const stretch = Math.ceil(points.length / count);
  if (stretch <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, index) => {
    const part = points.slice(index * stretch, (index + 1) * stretch);
    return {
      iteration: part[part.length - 1].iteration,
      loss: part.reduce((sum, { loss }) => sum + loss, 0) / part.length,
    };
  });
}
