import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The graphics processors that Linux tells of; "unknown" on other systems. */
export function findGpu(proc = "/proc", dev = "/dev"): string {
  if (process.platform !== "linux") return "unknown";
  const nvidia = join(proc, "driver/nvidia/gpus");
  const names = existsSync(nvidia)
    ? readdirSync(nvidia).map((gpu) => nvidiaModel(join(nvidia, gpu, "information")))
    : [];
  if (names.length > 0) return names.join(", ");
  const nodes = existsSync(join(dev, "dri"))
    ? readdirSync(join(dev, "dri")).filter((node) => node.startsWith("render"))
    : [];
  return nodes.length === 0 ? "none" : `${nodes.length} with a render node, model unknown`;
}

function nvidiaModel(file: string): string {
  try {
    return /^Model:\s*(.+)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? "NVIDIA, model unknown";
  } catch {
    return "NVIDIA, model unknown";
  }
}
