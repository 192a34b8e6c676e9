import { type ChainCode, minus, type Num, plus, type View } from "./chain-code.ts";
import type { Lanes } from "./lanes.ts";

/** x ↦ H·x/√n in passes over log₂ radix bits of the index each; after the first one they work in place. */
export function emitWalsh(code: ChainCode, view: View): View {
  const { n, lanes, parts } = code;
  if (n === 1) return view;
  const result = code.placeFor(view);
  const scale = `${Math.fround(1 / Math.sqrt(n))}f`;
  const radices = radicesOf(n, code.registers);
  const [first, ...others] = radices;
  const gap = n / first;
  const { lines, outputs } = butterfly(
    code,
    range(first).map((j) => code.named(`x${j}_`)),
  );
  const factor = others.length === 0 ? scale : undefined;
  code.forEach(gap, [
    ...range(first).map((j) => view.load(`u + ${gap * j}`, `x${j}_`)),
    ...lines,
    ...outputs.map((y, j) => code.store(result, `u + ${gap * j}`, factor ? scaled(y, factor) : y)),
  ]);
  let blocks = first;
  others.forEach((radix, i) => {
    const left = n / (blocks * radix);
    const name = code.helper(`walsh${radix}_${lanes.width}`, () => pass(code, radix));
    const isLast = i === others.length - 1;
    code.lines.push(`${name}(s${result}, ${blocks}, ${left * parts}, ${isLast ? scale : "1.0f"});`);
    blocks *= radix;
  });
  return code.stored(result, view);
}

function radicesOf(n: number, registers: number): number[] {
  const radices: number[] = [];
  let rest = n;
  while (rest > 1) {
    const radix = rest % 8 === 0 && registers >= 32 ? 8 : rest % 4 === 0 ? 4 : 2;
    radices.push(radix);
    rest /= radix;
  }
  return radices;
}

/** In place; real and imaginary parts are just more numbers. */
function pass({ lanes }: ChainCode, radix: number): string {
  const { type, width }: Lanes = lanes;
  const inputs = range(radix).map((j): Num => ({ r: `x${j}` }));
  const { lines, outputs } = butterfly({ lanes, declare: realDeclaration(type) }, inputs);
  return `static void walsh${radix}_${width}(float *x, long blocks, long gap, float scale) {
  for (long block = 0; block < blocks; block++, x += ${radix * width} * gap)
    for (long q = 0; q < gap; q++) {
      float *at = x + q * ${width};
${range(radix)
  .map((j) => `      const ${type} x${j} = *(const ${type} *)(at + ${j * width} * gap);`)
  .join("\n")}
${lines.join("\n")}
${outputs.map((y, j) => `      *(${type} *)(at + ${j * width} * gap) = scale * ${y.r};`).join("\n")}
    }
}`;
}

const realDeclaration = (type: string) => (name: string, value: Num) => `const ${type} ${name}r = ${value.r};`;

/** Σ_j (−1)^|j ∧ k| x_j */
function butterfly(code: Pick<ChainCode, "lanes" | "declare">, inputs: readonly Num[]) {
  const lines: string[] = [];
  let values = [...inputs];
  for (let bit = 1; bit < inputs.length; bit *= 2) {
    values = values.map((_, j) => {
      const name = `t${bit}_${j}`;
      const [low, high] = [values[j & ~bit], values[j | bit]];
      lines.push(code.declare(name, (j & bit) === 0 ? plus(low, high) : minus(low, high)));
      return { r: `${name}r`, ...(low.i && { i: `${name}i` }) };
    });
  }
  return { lines, outputs: values };
}

const scaled = ({ r, i }: Num, scale: string): Num => ({ r: `${scale} * ${r}`, ...(i && { i: `${scale} * ${i}` }) });
const range = (n: number): number[] => [...Array(n).keys()];
