/**
 * The yardstick: float32 GFLOP/s of the generated matrix kernel with its operands in the first-level cache.
 *
 * @module
 */
import { gemmPeak } from "../../dist/backends/native/peak.js";
import { findToolchain } from "../../dist/backends/native/toolchain.js";
import { serve } from "./serve.mjs";

await serve(() => {
  const toolchain = findToolchain();
  if (!toolchain) throw new Error("no C compiler");
  return {
    ready: { name: "gemm-peak", detail: `${toolchain.version}, ${toolchain.simd}` },
    run: ({ threads }, steps) => ({ gflops: Array.from({ length: steps }, () => gemmPeak(toolchain, threads)) }),
  };
});
