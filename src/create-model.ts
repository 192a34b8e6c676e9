import { type BackendName, selectBackend } from "./backends/select.ts";
import { createModel as createModelOn, type Model, type ModelOptions } from "./nn/model.ts";
import type { ModelSpec } from "./nn/spec.ts";
import type { Backend } from "./plan/backend.ts";

export interface CreateModelOptions extends Omit<ModelOptions, "backend"> {
  /** By name, or one of your own. Default `auto`: native where a C compiler works, else wasm, with a warning of the process. */
  readonly backend?: Backend | BackendName | "auto";
}

let hasWarned = false;

/**
 * Builds a model and draws its parameters from `seed`: input → recurrent layers, bottom first → dense head and loss.
 * `model.backend.name` says where it runs.
 *
 * @throws UsageError for an impossible specification or an unknown backend
 * @throws BackendError when the backend asked for does not work on this machine
 *
 * @example
 * const task = copying({ delay: 100 });
 * const model = createModel({ input: task.input, layers: [{ cell: scornn(), units: 64 }], output: task.output });
 */
export function createModel(spec: ModelSpec, { backend = "auto", ...options }: CreateModelOptions = {}): Model {
  if (typeof backend !== "string") return createModelOn(spec, { ...options, backend });
  const selection = selectBackend(backend);
  if (selection.notice !== undefined && !hasWarned) {
    hasWarned = true;
    globalThis.process?.emitWarning?.(selection.notice, { type: "StiefelWarning", code: "STIEFEL_BACKEND" });
  }
  return createModelOn(spec, { ...options, backend: selection.backend });
}
