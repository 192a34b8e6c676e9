import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BackendError, SingularMatrixError } from "../../errors.ts";
import { denseKernels } from "../../linalg/dense.ts";
import { randomStream } from "../../random/stream.ts";
import { fixtureBatch, fixtureModel, fixtures, relativeError } from "../../testing/fixtures.ts";
import { selectBackend } from "../select.ts";
import { cachedLibrary, cacheFolder } from "./cache.ts";
import { nativeDense } from "./dense.ts";
import { nativeBackend } from "./native.ts";
import { chooseTile, panels, split } from "./tile.ts";
import { compileLibrary, findToolchain } from "./toolchain.ts";

const toolchain = findToolchain();
const folder = mkdtempSync(join(tmpdir(), "stiefel-cache-"));
const before = { ...process.env };
beforeAll(() => {
  process.env.STIEFEL_CACHE = join(folder, "cache");
});
afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true });
});

describe("tiles", () => {
  it("cover rows and vectors exactly and fit the registers", () => {
    for (const rows of [1, 2, 7, 10, 13, 16, 32, 64]) {
      for (const vectors of [1, 2, 3, 11, 12, 32]) {
        for (const registers of [16, 32]) {
          const tile = chooseTile(rows, vectors, registers);
          expect(tile.rows * tile.vectors + tile.vectors + 1).toBeLessThanOrEqual(registers);
          expect(split(rows, tile.rows).reduce((a, b) => a + b)).toBe(rows);
          expect(panels(vectors, tile.vectors).reduce((a, b) => a + b)).toBe(vectors);
        }
      }
    }
  });
});

describe("without a compiler", () => {
  it("auto falls back to wasm and says so; native refuses with the fix", () => {
    const { PATH, CC } = process.env;
    process.env.PATH = join(folder, "empty");
    delete process.env.CC;
    try {
      expect(findToolchain()).toBeUndefined();
      const { backend, notice } = selectBackend("auto");
      expect(backend.name).toBe("wasm");
      expect(notice).toMatch(/No C compiler/);
      expect(() => selectBackend("native")).toThrow(BackendError);
      expect(() => selectBackend("native")).toThrow(/Install one/);
    } finally {
      process.env.PATH = PATH;
      if (CC !== undefined) process.env.CC = CC;
    }
  });

  it("names the backends for a wrong name", () => {
    expect(() => selectBackend("nativ")).toThrow(/Did you mean "native"/);
  });
});

describe.skipIf(!toolchain)("with a compiler", () => {
  if (!toolchain) return;
  const source = "int st_seven(void) { return 7; }\n";

  it("keeps libraries in a private folder and builds each once", () => {
    const library = cachedLibrary(source, toolchain);
    expect(library.startsWith(cacheFolder())).toBe(true);
    expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700);
    const built = statSync(library).ino;
    expect(cachedLibrary(source, toolchain)).toBe(library);
    expect(statSync(library).ino).toBe(built);
    expect(cachedLibrary(`${source}/* other */`, toolchain)).not.toBe(library);
    expect(readdirSync(cacheFolder()).filter((name) => name.startsWith("build-"))).toEqual([]);
  });

  it("builds again what was truncated, altered or lost its sum", () => {
    const library = cachedLibrary(source, toolchain);
    const { size } = statSync(library);
    truncateSync(library, 100);
    expect(statSync(cachedLibrary(source, toolchain)).size).toBe(size);
    writeFileSync(library, "not a library");
    expect(statSync(cachedLibrary(source, toolchain)).size).toBe(size);
    rmSync(`${library}.sha256`);
    cachedLibrary(source, toolchain);
    expect(existsSync(`${library}.sha256`)).toBe(true);
  });

  it("keeps the libraries used last, and clears away what a killed build left", () => {
    const crowded = join(folder, "crowded");
    mkdirSync(join(crowded, "build-killed"), { recursive: true, mode: 0o700 });
    const longAgo = new Date("2020-01-01");
    for (let i = 0; i < 520; i++) {
      writeFileSync(join(crowded, `${i}.so`), "");
      utimesSync(join(crowded, `${i}.so`), longAgo, longAgo);
    }
    utimesSync(join(crowded, "build-killed"), longAgo, longAgo);
    const library = cachedLibrary(source, toolchain, crowded);
    expect(readdirSync(crowded).filter((name) => name.endsWith(".so"))).toHaveLength(500);
    expect(existsSync(library)).toBe(true);
    expect(existsSync(join(crowded, "build-killed"))).toBe(false);
  });

  it("builds beside entries that another process removes meanwhile", () => {
    const shared = join(folder, "shared");
    mkdirSync(shared, { mode: 0o700 });
    symlinkSync("gone", join(shared, "gone.so"));
    expect(existsSync(cachedLibrary(source, toolchain, shared))).toBe(true);
  });

  it("makes a cache that others can write to private again", () => {
    const open = join(folder, "open");
    mkdirSync(open);
    writeFileSync(join(open, "planted.so"), "");
    chmodSync(open, 0o777);
    cachedLibrary(source, toolchain, open);
    expect(statSync(open).mode & 0o777).toBe(0o700);
    expect(existsSync(join(open, "planted.so"))).toBe(false);
  });

  it("explains a cache that cannot be written and a compiler that fails", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => cachedLibrary(source, toolchain, join(folder, "file", "cache"))).toThrow(/STIEFEL_CACHE/);
    writeFileSync(join(folder, "bad.c"), "int main( {");
    expect(() => compileLibrary(toolchain, join(folder, "bad.c"), join(folder, "bad.so"))).toThrow(BackendError);
  });

  const hasClang = spawnSync("clang", ["--version"]).status === 0;
  it.skipIf(!hasClang)("works with CC=clang", () => {
    const clang = findToolchain({ ...process.env, CC: "clang" });
    expect(clang?.command).toEqual(["clang"]);
    for (const fixture of fixtures.filter(({ name }) => /lstm-peephole$|scornn-symbols|gru-reset-before$/.test(name))) {
      const model = fixtureModel(fixture, { backend: nativeBackend(clang) });
      expect(relativeError([model.gradient(fixtureBatch(fixture)).loss], [fixture.loss])).toBeLessThan(1e-5);
      model.dispose();
    }
  });

  it("multiplies and inverts in float64 like the TypeScript kernels", () => {
    const dense = nativeDense(toolchain);
    const random = randomStream(1, "dense");
    const draw = (size: number) => Float64Array.from({ length: size }, () => random.normal());
    for (const [m, k, n] of [
      [1, 1, 1],
      [3, 5, 2],
      [33, 70, 41],
      [100, 300, 97],
    ]) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const [a, b] = [draw(m * k), draw(k * n)];
          const [actual, expected] = [new Float64Array(m * n), new Float64Array(m * n)];
          dense.multiply(actual, a, b, { m, k, n, transposeA, transposeB });
          denseKernels.multiply(expected, a, b, { m, k, n, transposeA, transposeB });
          expect(relativeError(actual, expected)).toBeLessThan(1e-13);
        }
      }
    }
    for (const n of [1, 2, 31, 32, 33, 100, 150]) {
      const a = draw(n * n);
      const [inverse, product] = [new Float64Array(n * n), new Float64Array(n * n)];
      dense.invert(inverse, a, n);
      denseKernels.multiply(product, a, inverse, { m: n, k: n, n });
      const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
      expect(relativeError(product, identity)).toBeLessThan(1e-9);
    }
    expect(() => dense.invert(new Float64Array(4), Float64Array.of(1, 2, 2, 4), 2)).toThrow(SingularMatrixError);
  });
});
