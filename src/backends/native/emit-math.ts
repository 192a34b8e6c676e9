import { lower, lowerings } from "../../expr/lower.ts";
import { leaf, type Operator, type Real, topological } from "../../expr/node.ts";
import { operation } from "../../expr/real.ts";

/** C for the value of each operator, given C for its arguments. Comparisons are written so that NaN passes through. */
const spelling: Partial<Record<Operator, (...args: string[]) => string>> = {
  neg: (x) => `-${x}`,
  abs: (x) => `__builtin_fabsf(${x})`,
  sqrt: (x) => `__builtin_sqrtf(${x})`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  min: (a, b) => `(${b} < ${a} || ${b} != ${b} ? ${b} : ${a})`,
  max: (a, b) => `(${a} < ${b} || ${b} != ${b} ? ${b} : ${a})`,
  hypot: (a, b) => `__builtin_sqrtf(${a} * ${a} + ${b} * ${b})`,
  selectLess: (a, b, x, y) => `(${a} < ${b} ? ${x} : ${y})`,
  round: (x) => `__builtin_rintf(${x})`,
  pow2: (n) => `st_pow2(${n})`,
  exponent: (x) => `st_exponent(${x})`,
  mantissa: (x) => `st_mantissa(${x})`,
};

/** The transcendental functions as inline C, from their lowerings. */
export function mathPrelude(): string {
  const functions = Object.entries(lowerings).map(([operator, lowering]) => {
    const parameters = [leaf("x"), leaf("y")].slice(0, lowering.length);
    const node = operation(operator as Operator, ...parameters);
    const body = lower([node]).get(node) as Real;
    const { lines, names } = statements([body], new Map(parameters.map((p) => [p, p.name])), false);
    const list = parameters.map((p) => `float ${p.name}`);
    return `static inline __attribute__((always_inline)) float st_${operator}(${list}) {\n${lines.join("\n")}\n  return ${names[0]};\n}`;
  });
  return `${bitTricks}\n${functions.join("\n")}`;
}

/** Statements that compute `roots` from named values, and the names of the results. */
export function statements(roots: readonly Real[], given: ReadonlyMap<Real, string>, callFunctions = true) {
  const names = new Map<Real, string>(given);
  const lines: string[] = [];
  for (const node of topological(roots, (n) => given.has(n))) {
    if (names.has(node)) continue;
    if (node.kind === "constant") names.set(node, literal(node.value));
    else if (node.kind === "operation") {
      const args = node.arguments.map((a) => names.get(a) as string);
      const isFunction = callFunctions && node.operator in lowerings;
      const value = isFunction ? `st_${node.operator}(${args})` : spelling[node.operator]?.(...args);
      if (value === undefined) throw new Error(`no C for ${node.operator}`);
      const name = `v${lines.length}`;
      names.set(node, name);
      lines.push(`    const float ${name} = ${value};`);
    }
  }
  return { lines, names: roots.map((root) => names.get(root) as string) };
}

function literal(value: number): string {
  if (Number.isNaN(value)) return '__builtin_nanf("")';
  if (!Number.isFinite(value)) return value > 0 ? "__builtin_inff()" : "(-__builtin_inff())";
  const rounded = Math.fround(value);
  const text = Number.isInteger(rounded) && Math.abs(rounded) < 1e9 ? rounded.toFixed(1) : rounded.toExponential(9);
  return rounded < 0 || Object.is(rounded, -0) ? `(${text}f)` : `${text}f`;
}

const bitTricks = `
static inline __attribute__((always_inline)) float st_pow2(float n) {
  int32_t bits = ((int32_t)n + 127) << 23;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}
static inline __attribute__((always_inline)) float st_exponent(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return (float)(((bits >> 23) & 255) - 127);
}
static inline __attribute__((always_inline)) float st_mantissa(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  bits = (bits & 0x007fffff) | 0x3f800000;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}`;
