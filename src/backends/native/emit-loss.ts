import type { Loss } from "../../plan/plan.ts";

/** `name(output, target, weight, sums, scale, adjoint)`: loss, hits and adjoints of the rows of one step. */
export function emitLoss(name: string, loss: Loss, rows: number, lanes: number): string {
  const { output, target, weight, size, adjoint } = loss;
  const targetType = loss.loss === "cross-entropy" ? "int32_t" : "float";
  const body = loss.loss === "cross-entropy" ? crossEntropy(loss, lanes) : squaredError(loss);
  return `static void ${name}(const float *output, const ${targetType} *target, const float *weight, double *sums, float scale, float *adjoint) {
  for (long r = 0; r < ${rows}; r++) {
    const float w = weight[r * ${weight.buffer.stride}L];
    const float *y = output + r * ${output.buffer.stride}L;
    ${adjoint ? `float *d = adjoint + r * ${adjoint.buffer.stride}L;` : ""}
    const ${targetType} *t = target + r * ${target.buffer.stride}L;
    enum { size = ${size} };
${body}
    sums[2] += w;
  }
}`;
}

function crossEntropy({ adjoint }: Loss, lanes: number): string {
  return `    float largest = y[0];
    long best = 0;
    for (long j = 1; j < size; j++) if (y[j] > largest) { largest = y[j]; best = j; }
    float e[(size + ${lanes - 1}) / ${lanes} * ${lanes}];
    for (long j = 0; j < (long)(sizeof e / sizeof *e); j++) e[j] = st_exp(y[j] - largest);
    float total = 0;
    for (long j = 0; j < size; j++) total += e[j];
    sums[0] += (double)w * ((double)st_log(total) + largest - y[*t]);
    sums[1] += best == *t ? w : 0;
${
  adjoint
    ? `    const float factor = w * scale / total;
    for (long j = 0; j < size; j++) d[j] = factor * e[j];
    d[*t] -= w * scale;`
    : ""
}`;
}

function squaredError({ adjoint }: Loss): string {
  return `    double sum = 0;
    for (long j = 0; j < size; j++) {
      const float difference = y[j] - t[j];
      sum += (double)difference * difference;
${adjoint ? "      d[j] = w * scale * 2 * difference / size;" : ""}
    }
    sums[0] += w * sum / size;`;
}
