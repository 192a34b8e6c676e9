import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError, UsageError } from "../errors.ts";
import { randomStream } from "../random/stream.ts";
import type { Dataset } from "./datasets.ts";
import { type DownloadProgress, downloadDataset } from "./download.ts";
import { fileUrls, resolveMirrors } from "./mirrors.ts";

const random = randomStream(7, "download");
const content = Uint8Array.from({ length: 300_000 }, () => random.integer(256));
const dataset: Dataset = {
  name: "toy",
  description: "random bytes",
  licence: "none",
  files: [{ name: "toy.bin.gz", size: content.length, sha256: createHash("sha256").update(content).digest("hex") }],
  mirrors: [],
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let directory: string;
let target: string;
let part: string;
const servers: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stiefel-download-"));
  target = join(directory, "toy", "toy.bin.gz");
  part = `${target}.part`;
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on loopback, its base URL (the folder `toy`) and the Range header of each request it got. */
async function serve(handler: Handler): Promise<{ url: string; ranges: (string | undefined)[]; paths: string[] }> {
  const ranges: (string | undefined)[] = [];
  const paths: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    paths.push(request.url ?? "");
    handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/toy/`, ranges, paths };
}

const offsetOf = (request: IncomingMessage) => Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);

/** Serves the bytes with ranges; ends the connection after `limit` bytes when given. */
const ranged =
  (bytes: Uint8Array, limit = Infinity): Handler =>
  (request, response) => {
    const from = offsetOf(request);
    const body = bytes.subarray(from);
    const headers = {
      "content-length": body.length,
      "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    };
    response.writeHead(from > 0 ? 206 : 200, headers);
    if (body.length <= limit) response.end(body);
    else response.write(body.subarray(0, limit), () => response.destroy());
  };

const whole: Handler = (_, response) => response.writeHead(200, { "content-length": content.length }).end(content);
const status =
  (code: number): Handler =>
  (_, response) =>
    response.writeHead(code).end("no");

const get = (...mirrors: string[]) => downloadDataset(dataset, { directory, mirrors });
const failure = (download: Promise<unknown>) =>
  download.then(
    () => expect.fail("the download succeeded"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DataError);
      return (error as DataError).message;
    },
  );
const expectComplete = () => {
  expect(Buffer.compare(readFileSync(target), content)).toBe(0);
  expect(readdirSync(join(directory, "toy"))).toEqual(["toy.bin.gz"]);
};

describe("downloadDataset", () => {
  it("fetches, verifies and names the file; a second call finds it present", async () => {
    const mirror = await serve(ranged(content));
    const progress: DownloadProgress[] = [];
    const options = { directory, mirrors: [mirror.url], onProgress: (p: DownloadProgress) => progress.push(p) };
    expect(await downloadDataset(dataset, options)).toEqual([{ path: target, status: "downloaded" }]);
    expectComplete();
    const received = progress.map((p) => p.received);
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ file: "toy.bin.gz", received: content.length, total: content.length });
    expect(await downloadDataset(dataset, options)).toEqual([{ path: target, status: "present" }]);
    expect(mirror.ranges).toEqual([undefined]);
  });

  it("replaces a file of the wrong checksum", async () => {
    const mirror = await serve(whole);
    mkdirSync(join(directory, "toy"));
    writeFileSync(target, "damaged");
    await get(mirror.url);
    expectComplete();
  });

  it("goes on where a connection was cut", async () => {
    const mirror = await serve(ranged(content, 100_000));
    await get(mirror.url);
    expectComplete();
    expect(mirror.ranges[0]).toBeUndefined();
    expect(mirror.ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
    expect(mirror.ranges.length).toBeGreaterThanOrEqual(3);
  });

  it("goes on with the partial file of an earlier process", async () => {
    const mirror = await serve(ranged(content));
    mkdirSync(join(directory, "toy"));
    writeFileSync(part, content.subarray(0, 123_456));
    await get(mirror.url);
    expectComplete();
    expect(mirror.ranges).toEqual(["bytes=123456-"]);
  });

  it("needs no request for a partial file that is whole", async () => {
    const mirror = await serve(status(500));
    mkdirSync(join(directory, "toy"));
    writeFileSync(part, content);
    await get(mirror.url);
    expectComplete();
    expect(mirror.ranges).toEqual([]);
  });

  it("starts again under a server that ignores Range", async () => {
    const mirror = await serve(whole);
    mkdirSync(join(directory, "toy"));
    writeFileSync(part, new Uint8Array(50_000));
    await get(mirror.url);
    expectComplete();
    expect(mirror.ranges).toEqual(["bytes=50000-"]);
  });

  it("fetches all again when the inherited part was corrupt", async () => {
    const mirror = await serve(ranged(content));
    mkdirSync(join(directory, "toy"));
    writeFileSync(part, new Uint8Array(50_000));
    await get(mirror.url);
    expectComplete();
    expect(mirror.ranges).toEqual(["bytes=50000-", undefined]);
  });

  it("discards a partial file longer than the file", async () => {
    const mirror = await serve(ranged(content));
    mkdirSync(join(directory, "toy"));
    writeFileSync(part, new Uint8Array(content.length + 1));
    await get(mirror.url);
    expectComplete();
    expect(mirror.ranges).toEqual([undefined]);
  });

  it("goes to the next mirror after a wrong checksum, and removes the corrupt file", async () => {
    const corrupt = Uint8Array.from(content);
    corrupt[1000] ^= 1;
    const bad = await serve(ranged(corrupt));
    const good = await serve(ranged(content));
    await get(bad.url, good.url);
    expectComplete();
    expect(bad.ranges.length).toBe(1);
    rmSync(target);
    expect(await failure(get(bad.url))).toMatch(/wrong checksum \(SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\)/);
    expect(existsSync(part)).toBe(false);
    expect(existsSync(target)).toBe(false);
  });

  it.each<[string, Handler]>([
    ["404", status(404)],
    ["500", status(500)],
    ["416", status(416)],
    ["another size", (_, response) => response.writeHead(200, { "content-length": 5 }).end("hello")],
    ["another range", (_, response) => response.writeHead(206, { "content-range": "bytes 7-9/10" }).end("abc")],
    ["too many bytes", (_, response) => response.writeHead(200).end(new Uint8Array(content.length + 1))],
    ["an encoding", (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(content)],
    ["a cut before the first byte", (request) => request.socket.destroy()],
  ])("goes to the next mirror on %s", async (_, handler) => {
    const bad = await serve(handler);
    const good = await serve(ranged(content));
    await get(bad.url, good.url);
    expectComplete();
    expect(bad.ranges.length).toBe(1);
  });

  it("gives up a connection that stalls, keeping what arrived for the next mirror", async () => {
    const stalled = await serve((request, response) => {
      if (offsetOf(request) > 0) return;
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 80_000));
    });
    const good = await serve(ranged(content));
    await downloadDataset(dataset, { directory, mirrors: [stalled.url, good.url], idleTimeout: 1000 });
    expectComplete();
    expect(good.ranges).toEqual(["bytes=80000-"]);
  });

  it("looks for the data set's folder below a mirror, then beside it", async () => {
    const mirror = await serve((request, response) =>
      request.url === "/base/toy.bin.gz" ? whole(request, response) : status(404)(request, response),
    );
    await get(mirror.url.replace("/toy/", "/base"));
    expectComplete();
    expect(mirror.paths).toEqual(["/base/toy/toy.bin.gz", "/base/toy.bin.gz"]);
  });

  it("names every mirror's failure when all are down, and keeps the partial file", async () => {
    const cut = await serve((request, response) =>
      offsetOf(request) > 0 ? request.socket.destroy() : ranged(content, 90_000)(request, response),
    );
    const missing = await serve(status(404));
    const down = await serve(whole);
    servers.pop()?.close();
    const message = await failure(get(cut.url, missing.url, down.url));
    expect(message).toMatch(/toy\.bin\.gz of toy could not be downloaded from any mirror/);
    for (const { url } of [cut, missing, down]) expect(message).toContain(url);
    expect(message).toMatch(/HTTP 404/);
    expect(message).toMatch(/ECONNREFUSED/);
    expect(message).toMatch(/STIEFEL_MIRRORS/);
    const size = readFileSync(part).length;
    expect(size).toBeGreaterThan(0);
    expect(message).toContain(`${size} bytes are kept`);
    const good = await serve(ranged(content));
    await get(good.url);
    expectComplete();
    expect(good.ranges).toEqual([`bytes=${size}-`]);
  });

  it("stops when aborted and goes on later", async () => {
    const controller = new AbortController();
    const slow = await serve((_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 70_000));
    });
    const options = { directory, mirrors: [slow.url], signal: controller.signal, onProgress: () => controller.abort() };
    expect(await failure(downloadDataset(dataset, options))).toMatch(/was stopped\. \d+ bytes are kept/);
    const good = await serve(ranged(content));
    await get(good.url);
    expectComplete();
    expect(good.ranges[0]).toMatch(/^bytes=[1-9]/);
    rmSync(target);
    expect(await failure(downloadDataset(dataset, { ...options, mirrors: [good.url] }))).toMatch(/was stopped/);
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full", async () => {
    const mirror = await serve(ranged(content));
    mkdirSync(join(directory, "toy"));
    symlinkSync("/dev/full", part);
    expect(await failure(get(mirror.url, mirror.url))).toMatch(/no space is left.*Free some space.*same command/);
    expect(mirror.ranges.length).toBe(1);
  });

  it("says that the folder cannot be made or written", async () => {
    writeFileSync(join(directory, "toy"), "a file");
    expect(await failure(get("http://127.0.0.1:1/"))).toMatch(/a part of the path is a file.*--data DIR/);
    rmSync(join(directory, "toy"));
    mkdirSync(part, { recursive: true });
    expect(await failure(get("http://127.0.0.1:1/"))).toMatch(/it is a folder, expected a file/);
  });

  it("leaves nothing behind when nothing arrived", async () => {
    const mirror = await serve(status(404));
    expect(await failure(get(mirror.url))).toMatch(/answers HTTP 404\. Check the network/);
    expect(readdirSync(join(directory, "toy"))).toEqual([]);
  });

  it("refuses unknown data sets with the closest name", async () => {
    await expect(downloadDataset("minst", { directory })).rejects.toThrow(/Unknown data set "minst".*"mnist"/);
  });
});

describe("mirrors", () => {
  const env = { STIEFEL_MIRRORS: " https://a/x , http://b/ ,," };

  it("come from the option, else STIEFEL_MIRRORS, else the data set", () => {
    const known = { ...dataset, mirrors: ["https://own/"] };
    expect(resolveMirrors(known, ["http://c"], env)).toEqual(["http://c"]);
    expect(resolveMirrors(known, undefined, env)).toEqual(["https://a/x", "http://b/"]);
    expect(resolveMirrors(known, undefined, {})).toEqual(["https://own/"]);
    expect(resolveMirrors(known, undefined, { STIEFEL_MIRRORS: "" })).toEqual(["https://own/"]);
  });

  it("must be http URLs", () => {
    for (const mirror of ["not a url", "file:///etc", "ftp://host/x"]) {
      expect(() => resolveMirrors(dataset, [mirror])).toThrow(UsageError);
      expect(() => resolveMirrors(dataset, undefined, { STIEFEL_MIRRORS: mirror })).toThrow(/STIEFEL_MIRRORS/);
    }
    expect(() => resolveMirrors(dataset, [])).toThrow(UsageError);
  });

  it("hold the data set's folder or are it", () => {
    expect(fileUrls("https://h/mnist/", "mnist", "f")).toEqual(["https://h/mnist/f"]);
    expect(fileUrls("https://h", "mnist", "f")).toEqual(["https://h/mnist/f", "https://h/f"]);
  });
});
