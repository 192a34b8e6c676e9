import { expNegative, log } from "./math";

/**
 * Losses of `rows` rows (see `Loss` in plan.ts): adds Σ w·loss, Σ w·correct, Σ w to the three doubles at `sums`, and, unless
 * `adjoint` is 0, writes w·scale·∂loss/∂output. Rows of weight 0 are not looked at. Strides in bytes.
 */
export function crossEntropy(
  output: usize,
  outputStride: usize,
  target: usize,
  targetStride: usize,
  weight: usize,
  weightStride: usize,
  sums: usize,
  scale: f32,
  adjoint: usize,
  adjointStride: usize,
  rows: i32,
  size: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const w = load<f32>(weight);
    if (w === 0) {
      if (adjoint) memory.fill(adjoint, 0, <usize>size * 4);
    } else {
      const t = load<i32>(target);
      const largest = maximum(output, size);
      const total = exponentials(output, largest, adjoint, size);
      // A class that does not exist has no loss.
      const isClass = t >= 0 && t < size;
      const chosen = isClass ? load<f32>(output + <usize>t * 4) : f32.NaN;
      addSums(sums, <f64>w, log(total) + <f64>largest - <f64>chosen, chosen === largest && isFirst(output, largest, t));
      if (adjoint) {
        const factor = w * scale;
        scaleRow(adjoint, <f32>(<f64>factor / total), size);
        if (isClass) store<f32>(adjoint + <usize>t * 4, load<f32>(adjoint + <usize>t * 4) - factor);
      }
    }
    output += outputStride;
    target += targetStride;
    weight += weightStride;
    if (adjoint) adjoint += adjointStride;
  }
}

/** As `crossEntropy`, for the mean over a row's `size` outputs of (output − target)². */
export function squaredError(
  output: usize,
  outputStride: usize,
  target: usize,
  targetStride: usize,
  weight: usize,
  weightStride: usize,
  sums: usize,
  scale: f32,
  adjoint: usize,
  adjointStride: usize,
  rows: i32,
  size: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const w = load<f32>(weight);
    if (w === 0) {
      if (adjoint) memory.fill(adjoint, 0, <usize>size * 4);
    } else {
      let sum: f64 = 0;
      const factor = (w * scale * 2) / <f32>size;
      for (let offset: usize = 0; offset < <usize>size * 4; offset += 4) {
        const difference = load<f32>(output + offset) - load<f32>(target + offset);
        sum += <f64>difference * <f64>difference;
        if (adjoint) store<f32>(adjoint + offset, factor * difference);
      }
      addSums(sums, <f64>w, sum / <f64>size, false);
    }
    output += outputStride;
    target += targetStride;
    weight += weightStride;
    if (adjoint) adjoint += adjointStride;
  }
}

function addSums(sums: usize, w: f64, loss: f64, correct: bool): void {
  store<f64>(sums, load<f64>(sums) + w * loss);
  if (correct) store<f64>(sums, load<f64>(sums, 8) + w, 8);
  store<f64>(sums, load<f64>(sums, 16) + w, 16);
}

/** The largest of a row; NaN when there is one. */
function maximum(x: usize, size: i32): f32 {
  let all = f32x4.splat(-Infinity);
  let j = 0;
  for (; j + 4 <= size; j += 4) all = f32x4.max(all, v128.load(x + <usize>j * 4));
  let largest = max(
    max(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
    max(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
  );
  for (; j < size; j++) largest = max(largest, load<f32>(x + <usize>j * 4));
  return largest;
}

/** Σ exp(x − largest) in double precision; unless `out` is 0 the terms are written there, a whole vector at a time. */
function exponentials(x: usize, largest: f32, out: usize, size: i32): f64 {
  const shift = f32x4.splat(largest);
  let sum = f64x2.splat(0);
  for (let j = 0; j < size; j += 4) {
    let e = expNegative(f32x4.sub(v128.load(x + <usize>j * 4), shift));
    const missing = 4 - (size - j);
    if (missing > 0) e = v128.and(e, tailMask(missing));
    if (out) v128.store(out + <usize>j * 4, e);
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(e));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(i32x4.shuffle(e, e, 2, 3, 2, 3)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** All bits of the lanes but the last `missing` (1 to 3). */
function tailMask(missing: i32): v128 {
  if (missing === 1) return i32x4(-1, -1, -1, 0);
  return missing === 2 ? i32x4(-1, -1, 0, 0) : i32x4(-1, 0, 0, 0);
}

function scaleRow(x: usize, factor: f32, size: i32): void {
  const factors = f32x4.splat(factor);
  for (let offset: usize = 0; offset < <usize>size * 4; offset += 16) {
    v128.store(x + offset, f32x4.mul(v128.load(x + offset), factors));
  }
}

/** Is element t the first to equal the row's largest? */
function isFirst(x: usize, largest: f32, t: i32): bool {
  for (let j = 0; j < t; j++) if (load<f32>(x + <usize>j * 4) === largest) return false;
  return true;
}
