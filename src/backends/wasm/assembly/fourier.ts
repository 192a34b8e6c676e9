/**
 * Passes of the fast Fourier transform (Stockham's, decimation in frequency) over complex units (lanes.ts): with radix ρ,
 * n = ρ·m·s and ω = e^(−2πi/(ρ·m)), for p < m, q < s and j < ρ
 *
 *   y[q + s·(ρ·p + j)] = ω^(p·j) Σ_k x[q + s·(p + m·k)]·e^(−2πi·jk/ρ),  k < ρ.
 *
 * s is 1 in the first pass and ρ times as large in the next. Real and imaginary parts of a unit lie `re` and `im` bytes
 * from its start; exchanged, they give the inverse transform. out is not x.
 */

/** `twiddles` holds, for every p, ω^p, ω^2p and ω^3p, each as (real, imaginary). */
export function fourier4(
  out: usize,
  x: usize,
  twiddles: usize,
  m: i32,
  s: i32,
  span: usize,
  re: usize,
  im: usize,
): void {
  const run = <usize>s * 2 * span;
  const apart = <usize>m * run;
  for (let p = 0; p < m; p++) {
    const r1 = v128.load_splat<f32>(twiddles);
    const i1 = v128.load_splat<f32>(twiddles, 4);
    const r2 = v128.load_splat<f32>(twiddles, 8);
    const i2 = v128.load_splat<f32>(twiddles, 12);
    const r3 = v128.load_splat<f32>(twiddles, 16);
    const i3 = v128.load_splat<f32>(twiddles, 20);
    twiddles += 24;
    for (const end = x + run; x < end; x += span) {
      for (const unitEnd = x + span; x < unitEnd; x += 16) {
        const x0r = v128.load(x + re);
        const x2r = v128.load(x + 2 * apart + re);
        const ar = f32x4.add(x0r, x2r);
        const br = f32x4.sub(x0r, x2r);
        const x1r = v128.load(x + apart + re);
        const x3r = v128.load(x + 3 * apart + re);
        const cr = f32x4.add(x1r, x3r);
        const dr = f32x4.sub(x1r, x3r);
        const x0i = v128.load(x + im);
        const x2i = v128.load(x + 2 * apart + im);
        const ai = f32x4.add(x0i, x2i);
        const bi = f32x4.sub(x0i, x2i);
        const x1i = v128.load(x + apart + im);
        const x3i = v128.load(x + 3 * apart + im);
        const ci = f32x4.add(x1i, x3i);
        const di = f32x4.sub(x1i, x3i);
        v128.store(out + re, f32x4.add(ar, cr));
        v128.store(out + im, f32x4.add(ai, ci));
        const y1r = f32x4.add(br, di);
        const y1i = f32x4.sub(bi, dr);
        v128.store(out + run + re, f32x4.sub(f32x4.mul(y1r, r1), f32x4.mul(y1i, i1)));
        v128.store(out + run + im, f32x4.add(f32x4.mul(y1r, i1), f32x4.mul(y1i, r1)));
        const y2r = f32x4.sub(ar, cr);
        const y2i = f32x4.sub(ai, ci);
        v128.store(out + 2 * run + re, f32x4.sub(f32x4.mul(y2r, r2), f32x4.mul(y2i, i2)));
        v128.store(out + 2 * run + im, f32x4.add(f32x4.mul(y2r, i2), f32x4.mul(y2i, r2)));
        const y3r = f32x4.sub(br, di);
        const y3i = f32x4.add(bi, dr);
        v128.store(out + 3 * run + re, f32x4.sub(f32x4.mul(y3r, r3), f32x4.mul(y3i, i3)));
        v128.store(out + 3 * run + im, f32x4.add(f32x4.mul(y3r, i3), f32x4.mul(y3i, r3)));
        out += 16;
      }
      out += span;
    }
    out += 3 * run;
  }
}

/** The last pass of a transform of n = 4·s units, where m is 1 and all twiddles are: times n^(−1/2). */
export function fourier4Last(out: usize, x: usize, s: i32, span: usize, re: usize, im: usize): void {
  const run = <usize>s * 2 * span;
  const scale = f32x4.splat(<f32>(1 / sqrt<f64>(4 * <f64>s)));
  for (const end = x + run; x < end; x += span) {
    for (const unitEnd = x + span; x < unitEnd; x += 16) {
      const x0r = v128.load(x + re);
      const x2r = v128.load(x + 2 * run + re);
      const ar = f32x4.mul(scale, f32x4.add(x0r, x2r));
      const br = f32x4.mul(scale, f32x4.sub(x0r, x2r));
      const x1r = v128.load(x + run + re);
      const x3r = v128.load(x + 3 * run + re);
      const cr = f32x4.mul(scale, f32x4.add(x1r, x3r));
      const dr = f32x4.mul(scale, f32x4.sub(x1r, x3r));
      const x0i = v128.load(x + im);
      const x2i = v128.load(x + 2 * run + im);
      const ai = f32x4.mul(scale, f32x4.add(x0i, x2i));
      const bi = f32x4.mul(scale, f32x4.sub(x0i, x2i));
      const x1i = v128.load(x + run + im);
      const x3i = v128.load(x + 3 * run + im);
      const ci = f32x4.mul(scale, f32x4.add(x1i, x3i));
      const di = f32x4.mul(scale, f32x4.sub(x1i, x3i));
      v128.store(out + re, f32x4.add(ar, cr));
      v128.store(out + im, f32x4.add(ai, ci));
      v128.store(out + run + re, f32x4.add(br, di));
      v128.store(out + run + im, f32x4.sub(bi, dr));
      v128.store(out + 2 * run + re, f32x4.sub(ar, cr));
      v128.store(out + 2 * run + im, f32x4.sub(ai, ci));
      v128.store(out + 3 * run + re, f32x4.sub(br, di));
      v128.store(out + 3 * run + im, f32x4.add(bi, dr));
      out += 16;
    }
    out += span;
  }
}

/** `twiddles` holds, for every p, a real factor for j = 0 and one (real, imaginary) for j = 1. */
export function fourier2(
  out: usize,
  x: usize,
  twiddles: usize,
  m: i32,
  s: i32,
  span: usize,
  re: usize,
  im: usize,
): void {
  const run = <usize>s * 2 * span;
  const apart = <usize>m * run;
  for (let p = 0; p < m; p++) {
    const r0 = v128.load_splat<f32>(twiddles);
    const r1 = v128.load_splat<f32>(twiddles, 4);
    const i1 = v128.load_splat<f32>(twiddles, 8);
    twiddles += 12;
    for (const end = x + run; x < end; x += span) {
      for (const unitEnd = x + span; x < unitEnd; x += 16) {
        const x0r = v128.load(x + re);
        const x0i = v128.load(x + im);
        const x1r = v128.load(x + apart + re);
        const x1i = v128.load(x + apart + im);
        v128.store(out + re, f32x4.mul(r0, f32x4.add(x0r, x1r)));
        v128.store(out + im, f32x4.mul(r0, f32x4.add(x0i, x1i)));
        const y1r = f32x4.sub(x0r, x1r);
        const y1i = f32x4.sub(x0i, x1i);
        v128.store(out + run + re, f32x4.sub(f32x4.mul(y1r, r1), f32x4.mul(y1i, i1)));
        v128.store(out + run + im, f32x4.add(f32x4.mul(y1r, i1), f32x4.mul(y1i, r1)));
        out += 16;
      }
      out += span;
    }
    out += run;
  }
}

/**
 * Any odd radix. `twiddles` holds, for every p, `radix` factors as (real, imaginary), the one for j = 0 real; `roots` holds
 * e^(−2πi·j/radix), j < radix. The terms k and radix − k have conjugate roots, and so have the results j and radix − j.
 */
export function fourierOdd(
  out: usize,
  x: usize,
  twiddles: usize,
  roots: usize,
  radix: i32,
  m: i32,
  s: i32,
  span: usize,
  re: usize,
  im: usize,
): void {
  const run = <usize>s * 2 * span;
  const apart = <usize>m * run;
  const beyond = <usize>radix * apart;
  const cycle = <usize>radix * 8;
  for (let p = 0; p < m; p++) {
    for (const end = x + run; x < end; x += span) {
      for (const unitEnd = x + span; x < unitEnd; x += 16) {
        const x0r = v128.load(x + re);
        const x0i = v128.load(x + im);
        let sumR = x0r;
        let sumI = x0i;
        for (let k = x + apart; k < x + beyond; k += apart) {
          sumR = f32x4.add(sumR, v128.load(k + re));
          sumI = f32x4.add(sumI, v128.load(k + im));
        }
        const w0 = v128.load_splat<f32>(twiddles);
        v128.store(out + re, f32x4.mul(w0, sumR));
        v128.store(out + im, f32x4.mul(w0, sumI));
        for (let j: usize = 1; j <= <usize>(radix >> 1); j++) {
          let ar = x0r;
          let ai = x0i;
          let br = f32x4.splat(0);
          let bi = f32x4.splat(0);
          let root: usize = 0;
          let far = x + beyond - apart;
          for (let near = x + apart; near < far; near += apart) {
            root += 8 * j;
            root -= root >= cycle ? cycle : 0;
            const cosine = v128.load_splat<f32>(roots + root);
            const sine = v128.load_splat<f32>(roots + root, 4);
            const nearR = v128.load(near + re);
            const farR = v128.load(far + re);
            ar = f32x4.add(ar, f32x4.mul(cosine, f32x4.add(nearR, farR)));
            br = f32x4.add(br, f32x4.mul(sine, f32x4.sub(nearR, farR)));
            const nearI = v128.load(near + im);
            const farI = v128.load(far + im);
            ai = f32x4.add(ai, f32x4.mul(cosine, f32x4.add(nearI, farI)));
            bi = f32x4.add(bi, f32x4.mul(sine, f32x4.sub(nearI, farI)));
            far -= apart;
          }
          twisted(out + j * run, f32x4.sub(ar, bi), f32x4.add(ai, br), twiddles + 8 * j, re, im);
          const other = <usize>radix - j;
          twisted(out + other * run, f32x4.add(ar, bi), f32x4.sub(ai, br), twiddles + 8 * other, re, im);
        }
        out += 16;
      }
      out += span;
    }
    out += <usize>(radix - 1) * run;
    twiddles += cycle;
  }
}

/** out ← (yr + i·yi) · twiddle. */
function twisted(out: usize, yr: v128, yi: v128, twiddle: usize, re: usize, im: usize): void {
  const wr = v128.load_splat<f32>(twiddle);
  const wi = v128.load_splat<f32>(twiddle, 4);
  v128.store(out + re, f32x4.sub(f32x4.mul(yr, wr), f32x4.mul(yi, wi)));
  v128.store(out + im, f32x4.add(f32x4.mul(yr, wi), f32x4.mul(yi, wr)));
}
