import type { Buffer, Layout, Ref, Target } from "../plan/plan.ts";

const alignment = 64;
const bytesOf = { float32: 4, float64: 8, int32: 4 } as const;

export interface BufferRequest {
  name: string;
  scope: Buffer["scope"];
  time?: Buffer["time"];
  times?: number;
  rows: number;
  width: number;
  element?: Buffer["element"];
  /** "vector" (default) pads rows to whole vectors; "tight" leaves no gap between rows. */
  padding?: "vector" | "tight";
}

/** Lays buffers out one after another, each aligned to a cache line, in three scopes. */
export class Allocator {
  readonly buffers: Buffer[] = [];
  readonly target: Target;
  private readonly end = { shared: 0, shard: 0, workspace: 0 };

  constructor(target: Target) {
    this.target = target;
  }

  get layout(): Layout {
    return { ...this.end };
  }

  allocate(request: BufferRequest): Buffer {
    const { name, scope, rows, width, time = "once", times = 1, element = "float", padding = "vector" } = request;
    const bytes = bytesOf[element === "float" ? this.target.element : element];
    const stride = padding === "tight" ? width : paddedStride(width, this.target);
    const offset = this.end[scope];
    // One spare vector at the end: kernels may read whole vectors past the last used element.
    const size = (times * rows * stride + this.target.lanes) * bytes;
    this.end[scope] = Math.ceil((offset + size) / alignment) * alignment;
    const buffer: Buffer = { id: this.buffers.length, name, element, time, times, rows, width, stride, scope, offset };
    this.buffers.push(buffer);
    return buffer;
  }
}

export const ref = (buffer: Buffer, column = 0, shift: 0 | 1 = 0): Ref => ({ buffer, shift, column });

/** Elements rounded up to whole vectors. */
export const roundUp = (width: number, lanes: number): number => Math.ceil(width / lanes) * lanes;

/** Whole vectors; wide rows get an odd number of cache lines, so that a column does not fall into one cache set. */
function paddedStride(width: number, { lanes, element }: Target): number {
  const stride = roundUp(width, lanes);
  const line = alignment / bytesOf[element];
  if (lanes === 1 || stride < 8 * line || stride % line !== 0) return stride;
  return (stride / line) % 2 === 0 ? stride + line : stride;
}
