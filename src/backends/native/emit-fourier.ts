import type { ChainCode, Num, View } from "./chain-code.ts";
import type { Lanes } from "./lanes.ts";

/**
 * x ↦ n^(−1/2) Σ_j x_j·e^(±2πi·jk/n) by Stockham's algorithm: one pass per factor of n, each writing its results where the next
 * one reads them, so that nothing is ever reordered. Pass with radix r over s transforms that are done and m = n/(s·r) left:
 * y[q + s(rp + k)] = e^(±2πi·pks/n) Σ_j x[q + s(p + mj)]·e^(±2πi·jk/r).
 */
export function emitFourier(code: ChainCode, inverse: boolean, view: View): View {
  const { n, lanes, step } = code;
  if (n === 1) return view;
  const radices = radicesOf(n, code.registers);
  const isCopiedFirst = isGeneric(radices[0]);
  const passes = radices.length + (isCopiedFirst ? 1 : 0);
  const [result, other] = [code.take(), code.take()];
  // The last pass has to end in `result`.
  const target = (pass: number) => ((passes - 1 - pass) % 2 === 0 ? result : other);
  const roots = code.helper(`roots${n}`, () => rootsOfUnity(n));
  const sign = inverse ? 1 : -1;
  const scale = `${Math.fround(1 / Math.sqrt(n))}f`;
  let done = 1;
  let slot = view.slot;
  if (isCopiedFirst) {
    slot = target(0);
    code.forEach(n, [view.load("u", "x"), code.store(slot, "u", code.named("x"))]);
  }
  radices.forEach((radix, i) => {
    const left = n / (done * radix);
    const to = target(i + (isCopiedFirst ? 1 : 0));
    const isLast = i === radices.length - 1;
    if (isGeneric(radix)) {
      const name = code.helper(`fourier_${lanes.width}_${inverse}`, () => genericPass(lanes, sign));
      code.lines.push(
        `${name}(s${slot}, s${to}, ${roots}, ${n}, ${radix}, ${left}, ${done}, ${isLast ? scale : "1.0f"});`,
      );
    } else if (i === 0) {
      code.forEach(left, firstPass(code, { radix, left, to, sign, roots, view, ...(isLast && { scale }) }), "p");
    } else {
      const name = code.helper(`fourier${radix}_${lanes.width}_${inverse}_${isLast}`, () =>
        pass(lanes, step, radix, sign, isLast),
      );
      code.lines.push(`${name}(s${slot}, s${to}, ${roots}, ${left}, ${done}, ${scale});`);
    }
    slot = to;
    done *= radix;
  });
  code.release(other);
  return code.stored(result, view);
}

const straight = [2, 3, 4, 5, 7, 8];
const isGeneric = (radix: number): boolean => !straight.includes(radix);

/** n as a product: eights (where there are registers for them) and fours, then small primes, then others. */
export function radicesOf(n: number, registers: number): number[] {
  const radices: number[] = [];
  let rest = n;
  const divide = (radix: number): void => {
    radices.push(radix);
    rest /= radix;
  };
  // 16 = 4·4, not 8·2: a pass of two costs as much memory traffic as one of eight.
  while (registers >= 32 && rest % 8 === 0 && rest % 32 !== 16) divide(8);
  while (rest % 4 === 0) divide(4);
  for (let prime = 2; rest > 1; prime++) while (rest % prime === 0) divide(prime);
  return radices;
}

function rootsOfUnity(n: number): string {
  const numbers = Array.from({ length: n }, (_, j) => {
    const angle = (2 * Math.PI * j) / n;
    return `${literal(Math.cos(angle))}, ${literal(Math.sin(angle))}`;
  });
  return `static const float roots${n}[] = {${numbers.join(", ")}};`;
}

const literal = (x: number): string => `${Math.fround(x).toExponential(9)}f`;

interface FirstPass {
  readonly radix: number;
  readonly left: number;
  readonly to: number;
  readonly sign: 1 | -1;
  readonly roots: string;
  readonly view: View;
  /** Set when this is also the last pass. */
  readonly scale?: string;
}

/** Statements for one p of the pass that reads a view. */
function firstPass(code: ChainCode, { radix, left, to, sign, roots, view, scale }: FirstPass): string[] {
  const { type } = code.lanes;
  const inputs = range(radix).map((j) => code.named(`x${j}_`));
  const { lines, outputs } = butterfly(type, sign, inputs);
  return [
    ...range(radix).map((j) => view.load(`p + ${left * j}`, `x${j}_`)),
    ...lines,
    ...(scale ? [] : twiddles(radix, sign, roots, "p")),
    ...outputs.map((y, k) => code.store(to, `p * ${radix} + ${k}`, scale ? scaled(y, scale) : twiddled(y, k))),
  ];
}

function pass({ type, width }: Lanes, step: number, radix: number, sign: 1 | -1, isLast: boolean): string {
  const at = (base: string, unit: string) => `${base} + (${unit}) * ${step}`;
  const inputs = range(radix).map((j) => ({ r: `x${j}r`, i: `x${j}i` }));
  const { lines, outputs } = butterfly(type, sign, inputs);
  const loads = range(radix).map((j) => {
    const place = at("x", `q + s * (p + m * ${j})`);
    return `const ${type} x${j}r = *(const ${type} *)(${place}), x${j}i = *(const ${type} *)(${place} + ${width});`;
  });
  const stores = outputs.map((y, k) => {
    const place = at("y", `q + s * (p * ${radix} + ${k})`);
    const value = isLast ? scaled(y, "scale") : twiddled(y, k);
    return `*(${type} *)(${place}) = ${value.r}; *(${type} *)(${place} + ${width}) = ${value.i};`;
  });
  return `static void fourier${radix}_${width}_${sign === 1}_${isLast}(const float *restrict x, float *restrict y, const float *restrict roots, long m, long s, float scale) {
  (void)roots; (void)scale;
  for (long p = 0; p < m; p++) {
${isLast ? "" : twiddles(radix, sign, "roots", "s * p").join("\n")}
    for (long q = 0; q < s; q++) {
${[...loads, ...lines, ...stores].join("\n")}
    }
  }
}`;
}

/** Any odd prime radix: sums over j for k and r − k together, whose roots are conjugates; two such pairs at a time. */
function genericPass({ type, width }: Lanes, sign: 1 | -1): string {
  const step = 2 * width;
  const [less, more] = sign === 1 ? ["-", "+"] : ["+", "-"];
  const output = (k: string, r: string, i: string) => `{
        const long root = p * s * (${k}) * 2;
        const float c = roots[root] * scale, d = ${sign}.0f * roots[root + 1] * scale;
        const ${type} r = ${r}, i = ${i};
        float *to = y + (q + s * (p * radix + (${k}))) * ${step};
        *(${type} *)to = c * r - d * i; *(${type} *)(to + ${width}) = c * i + d * r;
      }`;
  const sums = (pairs: number): string => {
    const each = (text: (i: number) => string) => range(pairs).map(text).join(" ");
    return `${each((i) => `${type} rc${i} = x0, ic${i} = x1, rs${i} = {0}, is${i} = {0}; long root${i} = 0;`)}
        const float *at = from;
        for (long j = 1; j < radix; j++) {
          at += stride;
          const ${type} r = *(const ${type} *)at, i = *(const ${type} *)(at + ${width});
          ${each((i) => `root${i} += (k + ${i}) * gap; if (root${i} >= n) root${i} -= n; const float c${i} = roots[2 * root${i}], d${i} = roots[2 * root${i} + 1];`)}
          ${each((i) => `rc${i} += c${i} * r, ic${i} += c${i} * i, rs${i} += d${i} * r, is${i} += d${i} * i;`)}
        }
        ${each((i) => `${output(`k + ${i}`, `rc${i} ${less} is${i}`, `ic${i} ${more} rs${i}`)} ${output(`radix - k - ${i}`, `rc${i} ${more} is${i}`, `ic${i} ${less} rs${i}`)}`)}`;
  };
  return `static void fourier_${width}_${sign === 1}(const float *restrict x, float *restrict y, const float *restrict roots, long n, long radix, long m, long s, float scale) {
  const long gap = n / radix, stride = gap * ${step};
  for (long p = 0; p < m; p++)
    for (long q = 0; q < s; q++) {
      const float *from = x + (q + s * p) * ${step};
      const ${type} x0 = *(const ${type} *)from, x1 = *(const ${type} *)(from + ${width});
      ${type} r0 = x0, i0 = x1;
      for (long j = 1; j < radix; j++) r0 += *(const ${type} *)(from + j * stride), i0 += *(const ${type} *)(from + j * stride + ${width});
      ${output("0", "r0", "i0")}
      long k = 1;
      for (; k < radix / 2; k += 2) {
        ${sums(2)}
      }
      if (k == radix / 2) {
        ${sums(1)}
      }
    }
}`;
}

const twiddles = (radix: number, sign: 1 | -1, roots: string, index: string): string[] =>
  range(radix - 1).map((i) => {
    const root = `${2 * (i + 1)} * (${index})`;
    return `const float c${i + 1} = ${roots}[${root}], d${i + 1} = ${sign === 1 ? "" : "-"}${roots}[${root} + 1];`;
  });

const twiddled = ({ r, i = "" }: Num, k: number): Num =>
  k === 0 ? { r, i } : { r: `c${k} * ${r} - d${k} * ${i}`, i: `c${k} * ${i} + d${k} * ${r}` };

const scaled = ({ r, i }: Num, scale: string): Num => ({ r: `${scale} * ${r}`, i: `${scale} * ${i}` });

/** Straight-line code for Σ_j x_j·e^(sign·2πi·jk/r) over r inputs. */
function butterfly(type: string, sign: 1 | -1, inputs: readonly Num[]) {
  const lines: string[] = [];
  let count = 0;
  const define = (r: string, i: string): Num => {
    const name = `t${count++}`;
    lines.push(`const ${type} ${name}r = ${r}, ${name}i = ${i};`);
    return { r: `${name}r`, i: `${name}i` };
  };
  const add = (a: Num, b: Num) => define(`${a.r} + ${b.r}`, `${a.i} + ${b.i}`);
  const subtract = (a: Num, b: Num) => define(`${a.r} - ${b.r}`, `${a.i} - ${b.i}`);
  const [less, more] = sign === 1 ? ["-", "+"] : ["+", "-"];
  /** a ± sign·i·b */
  const addTurned = (a: Num, b: Num) => define(`${a.r} ${less} ${b.i}`, `${a.i} ${more} ${b.r}`);
  const subtractTurned = (a: Num, b: Num) => define(`${a.r} ${more} ${b.i}`, `${a.i} ${less} ${b.r}`);
  const half = literal(Math.SQRT1_2);

  const transform = (x: readonly Num[]): Num[] => {
    if (x.length === 2) return [add(x[0], x[1]), subtract(x[0], x[1])];
    if (x.length === 4) {
      const [a, b, c, d] = [add(x[0], x[2]), subtract(x[0], x[2]), add(x[1], x[3]), subtract(x[1], x[3])];
      return [add(a, c), addTurned(b, d), subtract(a, c), subtractTurned(b, d)];
    }
    if (x.length === 8) {
      const [e0, e1, e2, e3] = transform([x[0], x[2], x[4], x[6]]);
      const [o0, o1, o2, o3] = transform([x[1], x[3], x[5], x[7]]);
      const a = define(`${half} * (${o1.r} ${less} ${o1.i})`, `${half} * (${o1.i} ${more} ${o1.r})`);
      const b = define(`${half} * (${o3.r} ${more} ${o3.i})`, `${half} * (${o3.i} ${less} ${o3.r})`);
      return [
        ...[add(e0, o0), add(e1, a), addTurned(e2, o2), subtract(e3, b)],
        ...[subtract(e0, o0), subtract(e1, a), subtractTurned(e2, o2), add(e3, b)],
      ];
    }
    // Odd: x_j and x_{r−j} meet conjugate roots.
    const halves = range((x.length - 1) / 2).map((j) => j + 1);
    const even = halves.map((j) => add(x[j], x[x.length - j]));
    const odd = halves.map((j) => subtract(x[j], x[x.length - j]));
    const first = even.reduce((sum, value) => add(sum, value), x[0]);
    const results: Num[] = [first];
    for (const k of halves) {
      const angle = (j: number) => (2 * Math.PI * ((j * k) % x.length)) / x.length;
      const cosines = (part: "r" | "i") =>
        [x[0][part], ...halves.map((j, h) => `${literal(Math.cos(angle(j)))} * ${even[h][part]}`)].join(" + ");
      const sines = (part: "r" | "i") =>
        halves.map((j, h) => `${literal(Math.sin(angle(j)))} * ${odd[h][part]}`).join(" + ");
      const c = define(cosines("r"), cosines("i"));
      const s = define(sines("r"), sines("i"));
      results[k] = addTurned(c, s);
      results[x.length - k] = subtractTurned(c, s);
    }
    return results;
  };
  return { outputs: transform(inputs), lines };
}

const range = (n: number): number[] => [...Array(n).keys()];
