/**
 * The peer's side of the protocol (bench/README.md) for peers written in JavaScript.
 *
 * @module
 */
import { createInterface } from "node:readline";

/** Only the protocol may use stdout; what a library logs goes to stderr. */
for (const method of ["log", "info", "debug"]) console[method] = console.error;

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/**
 * Answers requests one at a time until stdin closes. `start` resolves to `{ ready: { name, detail }, run }` or throws;
 * `run(case, steps)` resolves to an answer, `{ ms, ... }` or `{ skip: reason }`.
 */
export async function serve(start) {
  let peer;
  try {
    peer = await start();
  } catch (error) {
    send({ unavailable: firstLine(error) });
    return;
  }
  send({ ready: peer.ready });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      send(await peer.run(request.run, request.steps));
    } catch (error) {
      send({ skip: firstLine(error) });
    }
  }
}

function firstLine(error) {
  return String(error?.message ?? error).split("\n")[0];
}
