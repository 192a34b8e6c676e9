import { multiplyPacked, packDoubles } from "./dense";

/** Columns factored, and rows solved for, between two matrix products. */
const BLOCK: i32 = 32;

/**
 * out ← A⁻¹ for A [n × n] by LU with partial pivoting; A is overwritten by its factors. Rows of both matrices are `ld`
 * bytes apart, n rounded up to 4 doubles or more. `pivots` holds n int32, `scratch` as many doubles as A.
 * Returns −1, or the column whose pivot is zero or not finite (left at the address `scratch`).
 */
export function invert(out: usize, a: usize, ld: usize, n: i32, pivots: usize, scratch: usize): i32 {
  for (let first = 0; first < n; first += BLOCK) {
    const end = min(first + BLOCK, n);
    for (let j = first; j < end; j++) {
      const chosen = choosePivot(a, ld, n, j);
      const pivot = load<f64>(at(a, ld, chosen, j));
      const isNumber = pivot - pivot === 0;
      if (pivot === 0 || !isNumber) {
        store<f64>(scratch, pivot);
        return j;
      }
      store<i32>(pivots + <usize>j * 4, chosen);
      if (chosen !== j) exchangeRows(at(a, ld, j, 0), at(a, ld, chosen, 0), n);
      for (let i = j + 1; i < n; i++) {
        const factor = load<f64>(at(a, ld, i, j)) / pivot;
        store<f64>(at(a, ld, i, j), factor);
        addRow(at(a, ld, i, j + 1), -factor, at(a, ld, j, j + 1), end - j - 1);
      }
    }
    solveUnitLower(at(a, ld, first, end), a, ld, first, end, n - end);
    subtractProduct(
      at(a, ld, end, end),
      at(a, ld, end, first),
      at(a, ld, first, end),
      ld,
      n - end,
      end - first,
      n - end,
      scratch,
    );
  }

  // out ← L⁻¹, whose rows need only the columns up to the diagonal.
  for (let i = 0; i < n; i++) {
    memory.fill(at(out, ld, i, 0), 0, ld);
    store<f64>(at(out, ld, i, i), 1);
  }
  for (let top = 0; top < n; top += BLOCK) {
    const bottom = min(top + BLOCK, n);
    subtractProduct(at(out, ld, top, 0), at(a, ld, top, 0), out, ld, bottom - top, top, top, scratch);
    solveUnitLower(at(out, ld, top, 0), a, ld, top, bottom, bottom);
  }
  // out ← U⁻¹ · out, from the last block of rows to the first.
  for (let top = ((n - 1) / BLOCK) * BLOCK; top >= 0; top -= BLOCK) {
    const bottom = min(top + BLOCK, n);
    const below = at(out, ld, bottom, 0);
    subtractProduct(at(out, ld, top, 0), at(a, ld, top, bottom), below, ld, bottom - top, n - bottom, n, scratch);
    for (let i = bottom - 1; i >= top; i--) {
      const row = at(out, ld, i, 0);
      for (let p = i + 1; p < bottom; p++) addRow(row, -load<f64>(at(a, ld, i, p)), at(out, ld, p, 0), n);
      scaleRow(row, 1 / load<f64>(at(a, ld, i, i)), n);
    }
  }
  exchangeColumns(out, ld, n, pivots);
  return -1;
}

function at(a: usize, ld: usize, i: i32, j: i32): usize {
  return a + <usize>i * ld + <usize>j * 8;
}

/** The row, from j down, of the largest magnitude in column j; a NaN counts as largest. */
function choosePivot(a: usize, ld: usize, n: i32, j: i32): i32 {
  let chosen = j;
  let largest = abs(load<f64>(at(a, ld, j, j)));
  for (let i = j + 1; i < n; i++) {
    const size = abs(load<f64>(at(a, ld, i, j)));
    if (!(size <= largest)) {
      largest = size;
      chosen = i;
    }
  }
  return chosen;
}

/** Rows first … end−1 of X ← L⁻¹·X with the unit lower triangle of `lu` at (first, first); `x` is X's first row. */
function solveUnitLower(x: usize, lu: usize, ld: usize, first: i32, end: i32, columns: i32): void {
  for (let i = first + 1; i < end; i++) {
    const row = x + <usize>(i - first) * ld;
    for (let p = first; p < i; p++) {
      addRow(row, -load<f64>(at(lu, ld, i, p)), x + <usize>(p - first) * ld, columns);
    }
  }
}

/** C [m × n] −= A [m × k] · B [k × n], all with rows `ld` bytes apart. */
function subtractProduct(c: usize, a: usize, b: usize, ld: usize, m: i32, k: i32, n: i32, scratch: usize): void {
  if (m <= 0 || k <= 0 || n <= 0) return;
  packDoubles(scratch, b, ld, 8, k, n, -1);
  multiplyPacked(c, ld, a, ld, scratch, m, k, n, true);
}

function addRow(to: usize, factor: f64, from: usize, count: i32): void {
  const factors = f64x2.splat(factor);
  const end = to + <usize>(count & ~1) * 8;
  for (; to < end; to += 16, from += 16) v128.store(to, f64x2.add(v128.load(to), f64x2.mul(factors, v128.load(from))));
  if (count & 1) store<f64>(to, load<f64>(to) + factor * load<f64>(from));
}

function scaleRow(row: usize, factor: f64, count: i32): void {
  for (let i = 0; i < count; i++, row += 8) store<f64>(row, load<f64>(row) * factor);
}

function exchangeRows(x: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i++, x += 8, y += 8) {
    const held = load<f64>(x);
    store<f64>(x, load<f64>(y));
    store<f64>(y, held);
  }
}

/** X ← X·P: A⁻¹ = U⁻¹·L⁻¹·P, so the row exchanges are undone on columns, from the last to the first. */
function exchangeColumns(x: usize, ld: usize, n: i32, pivots: usize): void {
  for (let i = 0; i < n; i++, x += ld) {
    for (let j = n - 1; j >= 0; j--) {
      const p = load<i32>(pivots + <usize>j * 4);
      const held = load<f64>(x + <usize>j * 8);
      store<f64>(x + <usize>j * 8, load<f64>(x + <usize>p * 8));
      store<f64>(x + <usize>p * 8, held);
    }
  }
}
