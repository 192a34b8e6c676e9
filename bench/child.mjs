/**
 * A peer as a long-lived child process that answers one JSON line per request.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const START_MS = 120_000;
const RUN_MS = 600_000;

export class Child {
  #process;
  #lines;
  #stderr = "";

  /** Starts the process and waits for its first line; resolves to the child, with `ready` or `unavailable` set. */
  static async start(peer) {
    const child = new Child();
    const [command, ...args] = peer.command;
    child.#process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    child.#process.stdin.on("error", () => {});
    child.#process.stderr.on("data", (bytes) => {
      child.#stderr = (child.#stderr + bytes).slice(-4000);
    });
    const failed = new Promise((resolve) => child.#process.once("error", resolve));
    child.#lines = createInterface({ input: child.#process.stdout })[Symbol.asyncIterator]();
    const error = await Promise.race([failed, child.#receive(START_MS)]);
    if (error instanceof Error) child.unavailable = error.message;
    else Object.assign(child, error);
    return child;
  }

  /** Sends one request; resolves to the answer, or to `{ failed: reason }` when the process died or took too long. */
  async request(message) {
    this.#process.stdin.write(`${JSON.stringify(message)}\n`);
    return this.#receive(RUN_MS);
  }

  stop() {
    this.#process.stdin.end();
    this.#process.kill("SIGKILL");
  }

  async #receive(limit) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve("late"), limit);
    });
    const line = await Promise.race([this.#lines.next(), late]);
    clearTimeout(timer);
    if (line === "late") {
      this.stop();
      return { failed: `no answer in ${limit / 1000} s` };
    }
    if (line.done) return { failed: `it ended, ${this.#lastError()}` };
    try {
      return JSON.parse(line.value);
    } catch {
      return { failed: `not an answer: ${line.value.slice(0, 200)}` };
    }
  }

  #lastError() {
    const lines = this.#stderr.trim().split("\n");
    return lines.findLast((line) => /error|killed|abort|memory/i.test(line)) ?? (lines.at(-1) || "without a message");
  }
}
