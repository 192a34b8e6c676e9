import type { Buffer, Factor, Factored, FactoredAdjoint, Ref } from "../../plan/plan.ts";
import { ChainCode, type View } from "./chain-code.ts";
import { type Applied, emitFactor } from "./emit-factor.ts";
import { emitFactorAdjoint } from "./emit-factor-adjoint.ts";
import type { Machine } from "./emit-gemm.ts";
import { chooseLanes, laneHelpers } from "./lanes.ts";

/** What functions over chains are written for; `helpers` collects the functions that several of them call, by name. */
export interface ChainTarget {
  readonly rows: number;
  readonly machine: Machine;
  readonly helpers: Map<string, string>;
}

/**
 * `name(w, scratch, a…, c…)`: the chain for the rows of one step, as many at a time as a vector has lanes, one row in each.
 */
export function emitFactored(name: string, { chain, scratch, a, c }: Factored, target: ChainTarget): string {
  const code = begin(chain, target);
  let view = emitRowsIn(code, "a", a);
  for (const factor of chain.factors) view = emitFactor(code, factor, view, false).output;
  emitRowsOut(code, c, view);
  return finish(code, name, "const float *restrict w, float *restrict scratch", { a, c }, scratch, target.rows);
}

/**
 * `name(w, g, scratch, a…, b…, c…)`: runs the chain again up to its last weight, keeping what factors with weights took, then
 * walks backwards.
 */
export function emitFactoredAdjoint(name: string, instruction: FactoredAdjoint, target: ChainTarget): string {
  const { chain, scratch, a, b, c } = instruction;
  const code = begin(chain, target);
  const applied = emitAgain(code, chain.factors, a);
  let view = emitRowsIn(code, "b", b);
  for (let f = chain.factors.length - 1; f >= 0; f--) {
    view = emitFactorAdjoint(code, chain.factors[f], applied[f] ?? { input: view, output: view }, view);
  }
  emitRowsOut(code, c, view);
  const parameters = "const float *restrict w, float *restrict g, float *restrict scratch";
  return finish(code, name, parameters, { a, b, c }, scratch, target.rows);
}

/** Applies the factors up to the last one with weights, of which only the operand is needed. */
function emitAgain(code: ChainCode, factors: readonly Factor[], a: readonly Ref[]): Applied[] {
  const last = factors.findLastIndex((factor) => "at" in factor);
  const applied: Applied[] = [];
  if (last < 0) return applied;
  let view = emitRowsIn(code, "a", a);
  factors.slice(0, last + 1).forEach((factor, f) => {
    if (f === last && factor.kind !== "reflection") {
      code.kept.add(view.slot);
      applied.push({ input: view, output: view });
      return;
    }
    const result = emitFactor(code, factor, view, "at" in factor);
    applied.push(result);
    view = result.output;
  });
  return applied;
}

function begin(chain: Factored["chain"], { rows, machine, helpers }: ChainTarget): ChainCode {
  const lanes = chooseLanes(rows, machine.lanes);
  const code = new ChainCode(chain, lanes, machine.registers, helpers);
  code.helper(`lanes${lanes.width}`, () => laneHelpers(lanes));
  return code;
}

function emitRowsIn(code: ChainCode, name: string, refs: readonly Ref[]): View {
  const { n, step, lanes } = code;
  const slot = code.take();
  refs.forEach(({ buffer }, part) => {
    const to = `s${slot} + ${part * lanes.width}`;
    code.lines.push(`rows_in${lanes.width}(${name}${part}, ${buffer.stride}, live, ${n}, ${to}, ${step});`);
  });
  return code.stored(slot);
}

function emitRowsOut(code: ChainCode, refs: readonly Ref[], view: View): void {
  const { n, lanes } = code;
  const { type, width } = lanes;
  const parts = ["r", "i"].slice(0, code.parts);
  const block = (count: number) => [
    `${type} ${parts.map((part) => `out${part}[${width}]${count < width ? " = {0}" : ""}`).join(", ")};`,
    `for (long e = 0; e < ${count}; e++) { ${view.load("first + e", "x")} ${parts.map((part) => `out${part}[e] = x${part};`).join(" ")} }`,
    ...refs.map(
      ({ buffer }, part) => `rows_out${width}(c${part} + first, ${buffer.stride}, live, ${count}, out${parts[part]});`,
    ),
  ];
  const whole = n - (n % width);
  if (whole > 0) code.lines.push(`for (long first = 0; first < ${whole}; first += ${width}) {`, ...block(width), "}");
  if (whole < n) code.lines.push(`{ const long first = ${whole};`, ...block(n - whole), "}");
}

function finish(
  code: ChainCode,
  name: string,
  parameters: string,
  operands: Readonly<Record<string, readonly Ref[]>>,
  scratch: Buffer,
  rows: number,
): string {
  const { width } = code.lanes;
  const all = Object.entries(operands).flatMap(([letter, refs]) =>
    refs.map(({ buffer }, part) => ({ pointer: `${letter}${part}`, stride: buffer.stride })),
  );
  const isConst = (pointer: string) => (pointer.startsWith("c") ? "" : "const ");
  return `static void ${name}(${parameters}, ${all.map(({ pointer }) => `${isConst(pointer)}float *${pointer}`).join(", ")}) {
${code.tables.join("\n")}
${code.pointers(scratch)}
(void)w;
for (long row = 0; row < ${rows}; row += ${width}) {
const long live = ${rows} - row < ${width} ? ${rows} - row : ${width};
${code.lines.join("\n")}
${all.map(({ pointer, stride }) => `${pointer} += ${stride * width}L;`).join(" ")}
}
}`;
}
