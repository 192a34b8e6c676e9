/**
 * From samples to rows: medians, ratios, rates; and the table a person reads.
 *
 * @module
 */
import { comparisons, FLOP_FORMULA, isGemm, recurrenceFlops, recurrentWeights } from "./cases.mjs";

/**
 * One row per measured peer and model. A comparison is with the fastest of the rows it names, whatever their threads;
 * `ratios` are its median over the row's: how many times faster than it. `peak` maps threads to GFLOP/s.
 */
export function summarize(benchCase, measured, peak) {
  const rows = measured.map(({ peer, model, samples, cell, extrapolated, loss }) => {
    const medianMs = median(samples);
    const ran = cell ?? model.run.cell;
    const gflops = recurrenceFlops(ran, model.run) / medianMs / 1e6;
    const limit = isGemm(model.run) ? peak[peer.threads] : undefined;
    return {
      peer: peer.id,
      threads: peer.threads,
      cell: ran,
      ...(model.name && { model: model.name, weights: recurrentWeights(ran, model.run) }),
      medianMs,
      minMs: Math.min(...samples),
      steps: samples.length,
      gflops,
      ...(limit && { shareOfPeak: gflops / limit }),
      ...(extrapolated && { extrapolated }),
      ...(loss !== undefined && { loss }),
      samples,
    };
  });
  const compared = comparisons(benchCase).flatMap(({ head, family, model }) => {
    const candidates = rows.filter((row) => row.peer.startsWith(family) && (!model || row.model === model));
    const [best] = candidates.sort((a, b) => a.medianMs - b.medianMs);
    return best ? [{ head, row: best, peer: [best.peer, best.model].filter(Boolean).join(" ") }] : [];
  });
  for (const row of rows) row.ratios = compared.map((against) => against.row.medianMs / row.medianMs);
  return { case: benchCase, compared: compared.map(({ head, peer }) => ({ head, peer })), rows };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function formatCase({ case: benchCase, compared, rows, leftOut }) {
  const { cell, units, batch, time } = benchCase;
  const title = `${benchCase.id}: ${cell}, ${units} units, batch ${batch}, T ${time}`;
  const models = rows.some((row) => row.model);
  const head = [
    "peer/threads",
    ...(models ? ["cell, matrix", "weights"] : ["cell"]),
    "median ms",
    "min ms",
    ...compared.map((against) => against.head),
    "GFLOP/s",
    "of peak",
    "steps",
  ];
  const lines = rows.map((row) => [
    row.peer,
    ...(models ? [`${row.cell} ${row.model}`, String(row.weights)] : [row.cell]),
    `${row.extrapolated ? "*" : ""}${number(row.medianMs)}`,
    number(row.minMs),
    ...row.ratios.map(number),
    number(row.gflops),
    row.shareOfPeak === undefined ? "" : `${(100 * row.shareOfPeak).toFixed(0)} %`,
    String(row.steps),
  ]);
  const notes = rows
    .filter((row) => row.extrapolated)
    .map((row) => `* ${row.peer}: extrapolated from ${row.extrapolated.time} of ${time} time steps`);
  const infinite = rows
    .filter((row) => row.loss !== undefined && !Number.isFinite(row.loss))
    .map((row) => `! ${row.peer}: its loss is ${row.loss}`);
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  const missing = reasons.map((reason) => {
    const ids = leftOut.filter((one) => one.reason === reason).map(({ peer }) => peer);
    return `- ${ids.join(", ")} left out: ${reason}`;
  });
  const against = compared.map(({ head, peer }) => `${head}: times faster than ${peer}, the fastest of its kind`);
  return [title, ...align([head, ...lines]), ...against, ...notes, ...infinite, ...missing].join("\n");
}

export function formatHead({ machine, peers }) {
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.toFixed(2)} before the start`,
    ...(machine.busy ? ["THE MACHINE WAS BUSY: compare ratios, not milliseconds"] : []),
    `GFLOP/s: ${FLOP_FORMULA}`,
    ...align(peers.map(({ id, ready }) => [id, ready.name ?? "", ready.detail ?? ""])),
  ].join("\n");
}

export function formatPeak(peak) {
  const limits = Object.entries(peak).map(([threads, gflops]) => `${threads} threads ${number(gflops)} GFLOP/s`);
  return `GEMM peak: ${limits.length > 0 ? limits.join(", ") : "not measured"}`;
}

function number(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Columns padded to their widest cell, the first two flush left when there are more than three. */
function align(table) {
  const widths = table[0]?.map((_, j) => Math.max(...table.map((row) => row[j].length))) ?? [];
  const left = (j) => widths.length <= 3 || j < 2;
  return table.map((row) =>
    `  ${row.map((text, j) => (left(j) ? text.padEnd(widths[j]) : text.padStart(widths[j]))).join("  ")}`.trimEnd(),
  );
}
