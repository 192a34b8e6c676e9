import type { Elementwise, Ref } from "../../plan/plan.ts";
import { statements } from "./emit-math.ts";

/** `name(p0, p1, …)`: the fused loop over the rows and units of one step; whole vectors, so that nothing is left over. */
export function emitElementwise(
  name: string,
  { width, inputs, outputs }: Elementwise,
  rows: number,
  lanes: number,
): { code: string; refs: Ref[] } {
  const refs: Ref[] = [];
  const rowSetup: string[] = [];
  const loads: string[] = [];
  const parameters: string[] = [];
  const argument = (ref: Ref): string => {
    const type = ref.buffer.element === "int32" ? "const int32_t *" : "float *";
    refs.push(ref);
    parameters.push(`${type}p${refs.length - 1}`);
    return `p${refs.length - 1}`;
  };
  const given = new Map(
    [...inputs].map(([node, access], i) => {
      const value = `x${i}`;
      switch (access.kind) {
        case "matrix":
          rowSetup.push(`const float *r${i} = ${argument(access.ref)} + r * ${access.ref.buffer.stride}L;`);
          loads.push(`const float ${value} = r${i}[j];`);
          break;
        case "vector":
          loads.push(`const float ${value} = ${argument(access.ref)}[j];`);
          break;
        case "row":
          rowSetup.push(`const float ${value} = ${argument(access.ref)}[r * ${access.ref.buffer.stride}L];`);
          break;
        case "gather": {
          const table = argument(access.table);
          const index = argument(access.index);
          rowSetup.push(`const float *r${i} = ${table} + ${index}[r] * ${access.table.buffer.stride}L;`);
          loads.push(`const float ${value} = r${i}[j];`);
        }
      }
      return [node, value];
    }),
  );
  const { lines, names } = statements(
    outputs.map((output) => output.value),
    given,
  );
  const stores = outputs.map((output, o) => {
    if (output.kind === "sum") return `${argument(output.ref)}[j] += ${names[o]};`;
    if (output.kind === "store") {
      rowSetup.push(`float *w${o} = ${argument(output.ref)} + r * ${output.ref.buffer.stride}L;`);
      return `w${o}[j] = ${names[o]};`;
    }
    const table = argument(output.table);
    const index = argument(output.index);
    rowSetup.push(`float *w${o} = ${table} + ${index}[r] * ${output.table.buffer.stride}L;`);
    return `w${o}[j] += ${names[o]};`;
  });
  const bound = Math.ceil(width / lanes) * lanes;
  const code = `static void ${name}(${parameters.join(", ")}) {
  for (long r = 0; r < ${rows}; r++) {
${rowSetup.map((line) => `    ${line}`).join("\n")}
    IVDEP
    for (long j = 0; j < ${bound}; j++) {
${[...loads.map((line) => `    ${line}`), ...lines, ...stores.map((line) => `    ${line}`)].map((line) => `  ${line}`).join("\n")}
    }
  }
}`;
  return { code, refs };
}
