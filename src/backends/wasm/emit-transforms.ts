import type { Address, ChainCode } from "./chain-code.ts";

/** to ← F·from or F⁻¹·from (assembly/fourier.ts), by passes of radix 2, 4 and odd primes. */
export function emitFourier(chain: ChainCode, inverse: boolean, from: Address, to: Address, temporary: Address): void {
  const { size, span } = chain;
  const radices = radicesOf(size);
  if (radices.length === 0) chain.copy(from, to);
  const parts = inverse ? [span, 0] : [0, span];
  let [x, m, s] = [from, size, 1];
  radices.forEach((radix, pass) => {
    const out = (radices.length - pass) % 2 === 1 ? to : temporary;
    m /= radix;
    const scale = m === 1 ? 1 / Math.sqrt(size) : 1;
    if (radix === 4 && m === 1) {
      chain.call("fourier4Last", out, x, s, span, ...parts);
    } else {
      const twiddles = chain.constant(twiddlesOf(radix, m, scale));
      const rest = [m, s, span, ...parts];
      if (radix === 4) chain.call("fourier4", out, x, twiddles, ...rest);
      else if (radix === 2) chain.call("fourier2", out, x, twiddles, ...rest);
      else chain.call("fourierOdd", out, x, twiddles, chain.constant(rootsOf(radix)), radix, ...rest);
    }
    s *= radix;
    x = out;
  });
}

/** to ← H·from/√n (assembly/walsh.ts). */
export function emitWalsh(chain: ChainCode, from: Address, to: Address): void {
  const { size, unit } = chain;
  if (size === 1) chain.copy(from, to);
  let [x, half] = [from, 1];
  if (Math.log2(size) % 2 === 1) {
    chain.call("walsh2", to, x, size, half, unit);
    [x, half] = [to, 2];
  }
  for (; half < size; half *= 4) {
    chain.call("walsh4", to, x, size, half, unit);
    x = to;
  }
}

/** Odd primes, then at most one 2, then fours: the passes whose twiddles are cheap come last. */
function radicesOf(n: number): number[] {
  const odd: number[] = [];
  let rest = n;
  for (let radix = 3; radix <= rest; radix += 2) {
    for (; rest % radix === 0; rest /= radix) odd.push(radix);
  }
  const twos = Math.round(Math.log2(rest));
  return [...odd, ...(twos % 2 === 1 ? [2] : []), ...Array.from({ length: twos >> 1 }, () => 4)];
}

/** The powers of ω = e^(−2πi/(radix·m)) that a pass's kernel wants, all times `scale`. */
function twiddlesOf(radix: number, m: number, scale: number): Float32Array {
  const order = radix * m;
  const table: number[] = [];
  for (let p = 0; p < m; p++) {
    for (let j = 0; j < radix; j++) {
      const [real, imaginary] = root((p * j) % order, order);
      if (j > 0 || radix === 2) table.push(scale * real);
      else if (radix !== 4) table.push(scale, 0);
      if (j > 0) table.push(scale * imaginary);
    }
  }
  return Float32Array.from(table);
}

const rootsOf = (radix: number): Float32Array =>
  Float32Array.from(Array.from({ length: radix }, (_, j) => root(j, radix)).flat());

/** e^(−2πi·j/n) as (real, imaginary). */
function root(j: number, n: number): [number, number] {
  const angle = (-2 * Math.PI * j) / n;
  return [Math.cos(angle), Math.sin(angle)];
}
