/**
 * Backends: what turns plans into machine code, chosen by name.
 *
 * @module
 */
export type { Backend, Executable } from "../plan/backend.ts";
export {
  type BackendName,
  backends,
  describeMachine,
  type MachineDescription,
  type Selection,
  selectBackend,
} from "./select.ts";
