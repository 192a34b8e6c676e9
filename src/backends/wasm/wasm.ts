import { UsageError } from "../../errors.ts";
import type { DenseKernels } from "../../linalg/kernels.ts";
import type { Backend } from "../../plan/backend.ts";
import { wasmDense } from "./dense.ts";
import { executable } from "./executable.ts";

/**
 * WebAssembly with 128-bit vectors of float32: needs nothing but a JavaScript engine (Node 20 or a current browser). Matrix
 * products are precompiled kernels, elementwise loops are generated for each plan. With more than one thread, shards run
 * on worker threads of Node as well; in browsers everything runs on the calling thread.
 */
export function wasmBackend(): Backend {
  let dense: DenseKernels | undefined;
  return {
    name: "wasm",
    target: { element: "float32", lanes: 4 },
    get dense() {
      dense ??= wasmDense();
      return dense;
    },
    compile(plan, { threads }) {
      if (plan.target.element !== "float32" || plan.target.lanes !== 4) {
        throw new UsageError(
          `The plan was compiled for ${plan.target.lanes} lanes of ${plan.target.element}; the wasm backend runs plans for its own target, 4 lanes of float32.`,
        );
      }
      return executable(plan, threads);
    },
  };
}
