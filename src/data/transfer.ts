import { DataError } from "../errors.ts";
import type { DatasetFile } from "./datasets.ts";
import { PartFile } from "./part-file.ts";

/** How one request for the rest of a file ended; what arrived is in the partial file either way. */
export type TransferOutcome =
  | { readonly kind: "complete" }
  /** The connection failed after `gained` new bytes: when there were some, asking again can go on. */
  | { readonly kind: "interrupted"; readonly gained: number; readonly reason: string }
  /** The URL does not serve this file: asking again is of no use. */
  | { readonly kind: "refused"; readonly reason: string };

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which the connection is given up. */
  readonly idleTimeout: number;
  /** Told how many bytes of the file have arrived. */
  readonly onReceived: (bytes: number) => void;
}

/**
 * Asks `url` for the bytes of `file` that the partial file `path` lacks (HTTP Range) and writes them in place. A server
 * that ignores the range is read from the start, over the bytes already there.
 *
 * Rejects with `DataError` for failures of the disk and with the signal's reason; those of the network are outcomes.
 */
export async function transfer(
  url: string,
  file: DatasetFile,
  path: string,
  options: TransferOptions,
): Promise<TransferOutcome> {
  await using part = await PartFile.open(path, file.size);
  if (part.received === file.size) return { kind: "complete" };
  const idle = idleSignal(options.idleTimeout);
  let position = part.received;
  const interrupted = (reason: string): TransferOutcome => {
    return { kind: "interrupted", gained: Math.max(0, position - part.received), reason };
  };
  try {
    const signal = options.signal === undefined ? idle.signal : AbortSignal.any([options.signal, idle.signal]);
    const answer = await request(url, part.received, file, signal);
    if ("refused" in answer) return { kind: "refused", reason: answer.refused };
    position = answer.offset;
    for await (const chunk of answer.body) {
      idle.restart();
      if (position + chunk.length > file.size) {
        return { kind: "refused", reason: `sends more than the ${file.size} bytes expected` };
      }
      await part.write(chunk, position);
      position += chunk.length;
      options.onReceived(position);
    }
    if (position < file.size) return interrupted(`ended after ${position} of ${file.size} bytes`);
    await part.sync();
    return { kind: "complete" };
  } catch (error) {
    if (options.signal?.aborted || error instanceof DataError) throw error;
    return interrupted(idle.signal.aborted ? `no data for ${options.idleTimeout / 1000} s` : networkReason(error));
  } finally {
    idle.stop();
  }
}

type Answer = { readonly refused: string } | { readonly offset: number; readonly body: AsyncIterable<Uint8Array> };

/** The body from byte `start` on, or from `offset` 0 when the server ignores the range. */
async function request(url: string, start: number, file: DatasetFile, signal: AbortSignal): Promise<Answer> {
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (start > 0) headers.range = `bytes=${start}-`;
  const response = await fetch(url, { headers, signal });
  const offset = response.status === 206 ? start : 0;
  const reason = refusal(response, offset, file);
  if (reason === undefined && response.body !== null) return { offset, body: response.body };
  await response.body?.cancel();
  return { refused: reason ?? "sends an empty answer" };
}

function refusal({ status, headers }: Response, offset: number, file: DatasetFile): string | undefined {
  if (status !== 200 && status !== 206) return `answers HTTP ${status}`;
  const encoding = headers.get("content-encoding") ?? "identity";
  // fetch would unpack it, and the bytes would no longer be the file's.
  if (encoding !== "identity") return `sends it with content-encoding ${encoding}`;
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== file.size - offset) {
    return `offers ${length} bytes, expected ${file.size - offset}`;
  }
  const range = headers.get("content-range");
  if (status === 206 && range !== `bytes ${offset}-${file.size - 1}/${file.size}`) {
    return `sends the range "${range}", expected the bytes from ${offset} of ${file.size}`;
  }
  return undefined;
}

function idleSignal(milliseconds: number): { signal: AbortSignal; restart(): void; stop(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, restart: () => timer.refresh(), stop: () => clearTimeout(timer) };
}

/** fetch says "fetch failed" or "terminated"; its cause says why. */
function networkReason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.message || cause?.code || message;
}
