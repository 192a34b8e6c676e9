#!/usr/bin/env node
/**
 * Times one training step of stiefel and its peers, interleaved (A B C A B C) in one session, and writes JSON. See README.md.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASES, DEFAULT_CASES, FLOP_FORMULA, modelsOf } from "./cases.mjs";
import { Child } from "./child.mjs";
import { allPeers, peakPeer } from "./peers.mjs";
import { formatCase, formatHead, formatPeak, summarize } from "./summary.mjs";

const USAGE = `node bench/run.mjs [--cases ID,...] [--peers NAME,...] [--rounds N] [--budget S] [--wait S] [--json FILE]

  --cases   of ${CASES.map((c) => c.id).join(", ")};
            a prefix will do (default ${DEFAULT_CASES})
  --peers   ids or families: ${[...new Set(allPeers().map((p) => p.family))].join(", ")} (default all);
            torch-eager/1 is the one with 1 thread
  --rounds  turns of each peer (default 5)
  --budget  seconds of timed steps per row and case; slow peers take fewer turns (default 60)
  --wait    seconds to wait for an idle machine before starting anyway (default 60)
  --json    result file (default bench/results/latest.json)`;

/** A turn of a fast peer repeats the step for about this long. */
const TURN_MS = 1000;
const MAX_STEPS = 20;
const IDLE_LOAD_PER_CORE = 0.15;

const options = parse();
const machine = await idleMachine(options.wait);
const { peers, leftOut } = await startPeers(options.peers.filter(isUsed));
const peak = {};
const peakChild = await startPeak();
const cases = [];
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
process.on("exit", stopAll);

await measurePeak();
console.log(formatHead({ machine, peers }));
for (const benchCase of options.cases) {
  const { measured, failures } = await measureCase(benchCase);
  await measurePeak();
  cases.push({ benchCase, measured, leftOut: [...leftOut, ...failures] });
  console.log(`\n${formatCase(record().results.at(-1))}`);
  write();
}
console.log(`\n${formatPeak(peak)}\nwritten to ${options.json}`);
process.exit();

function parse() {
  const string = (value) => ({ type: "string", default: value });
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        cases: string(DEFAULT_CASES),
        peers: string(""),
        rounds: string("5"),
        budget: string("60"),
        wait: string("60"),
        json: string(join(fileURLToPath(new URL(".", import.meta.url)), "results", "latest.json")),
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    usage(error.message);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const named = (text, all, matches, kind) => {
    const names = text.split(",").filter(Boolean);
    for (const name of names) if (!all.some((one) => matches(one, name))) usage(`no ${kind} is called "${name}"`);
    return names.length === 0 ? all : all.filter((one) => names.some((name) => matches(one, name)));
  };
  const positive = (name) => {
    const value = Number(values[name]);
    return value >= 0 && Number.isFinite(value) ? value : usage(`--${name} wants a number, not "${values[name]}"`);
  };
  return {
    cases: named(values.cases, CASES, (c, name) => c.id.startsWith(name), "case"),
    peers: named(values.peers, allPeers(), (p, name) => p.id === name || p.family === name, "peer"),
    rounds: Math.max(1, Math.floor(positive("rounds"))),
    budget: positive("budget"),
    wait: positive("wait"),
    json: values.json,
  };
}

function usage(problem) {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

/** Waits for the load to fall; a machine that stays busy is measured all the same, and the result says so. */
async function idleMachine(wait) {
  const limit = IDLE_LOAD_PER_CORE * cpus().length;
  const end = Date.now() + wait * 1000;
  let load = loadavg()[0];
  if (load > limit) process.stderr.write(`load ${load.toFixed(2)}, waiting up to ${wait} s for ${limit.toFixed(2)}\n`);
  while (load > limit && Date.now() < end) {
    await sleep(5000);
    load = loadavg()[0];
  }
  return { cpu: cpus()[0].model, cores: cpus().length, node: process.versions.node, load, busy: load > limit };
}

function isUsed({ family }) {
  return options.cases.some((benchCase) => modelsOf(benchCase).some(({ peers }) => peers.includes(family)));
}

async function startPeers(wanted) {
  const started = [];
  const out = [];
  for (const peer of wanted) {
    if (peer.missing) {
      out.push({ peer: peer.id, reason: peer.missing });
      continue;
    }
    const child = await Child.start(peer);
    if (child.ready) started.push({ ...peer, child, ready: child.ready });
    else
      out.push({
        peer: peer.id,
        reason: child.unavailable ?? child.failed ?? "its first line was neither ready nor unavailable",
      });
  }
  return { peers: started, leftOut: out };
}

/** One case, each of its models on each of its peers: a warm-up turn each, then rounds of short turns. */
async function measureCase(benchCase) {
  const rows = [];
  const failures = [];
  const fail = ({ peer, model }, { skip, failed }) =>
    failures.push({ peer: [peer.id, model.name].filter(Boolean).join(" "), reason: skip ?? failed });
  for (const model of modelsOf(benchCase)) {
    for (const peer of peers.filter(({ family }) => model.peers.includes(family))) {
      const row = { peer, model, samples: [] };
      const answer = await take(row, 1);
      if (!answer.ms) fail(row, answer);
      else rows.push({ ...row, ...plan(answer) });
    }
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const row of rows) {
      if (row.failed || round % row.every !== 0) continue;
      const answer = await take(row, row.steps);
      if (!answer.ms) {
        row.failed = true;
        fail(row, answer);
        continue;
      }
      row.samples.push(...answer.ms);
      Object.assign(row, { cell: answer.cell, extrapolated: answer.extrapolated, loss: answer.loss });
    }
  }
  return { measured: rows.filter((row) => !row.failed), failures };
}

/** Steps per turn, and in which rounds to take one, from the time of the warm-up step that really ran. */
function plan({ ms, extrapolated }) {
  const estimate = ms[0];
  const steps = Math.max(1, Math.min(MAX_STEPS, Math.round(TURN_MS / estimate)));
  const turns = Math.floor((options.budget * 1000) / (estimate * steps));
  return { steps, every: Math.ceil(options.rounds / Math.max(1, Math.min(options.rounds, turns))), extrapolated };
}

/** One turn; a peer that died is started again, so that it can take part in what follows. */
async function take({ peer, model }, steps) {
  if (peer.child === undefined) return { failed: "it could not be started again" };
  const answer = await peer.child.request({ run: model.run, steps });
  if (answer.failed) {
    peer.child.stop();
    const child = await Child.start(peer);
    peer.child = child.ready ? child : undefined;
  }
  return answer;
}

async function startPeak() {
  const peer = peakPeer();
  if (peer.missing) {
    leftOut.push({ peer: peer.id, reason: peer.missing });
    return undefined;
  }
  const child = await Child.start(peer);
  if (child.ready) return child;
  leftOut.push({ peer: peer.id, reason: child.unavailable ?? child.failed });
  child.stop();
  return undefined;
}

/** The highest GEMM rate seen so far, for each number of threads in use. */
async function measurePeak() {
  if (!peakChild) return;
  for (const threads of new Set(peers.map((peer) => peer.threads))) {
    const { gflops } = await peakChild.request({ run: { id: "gemm-peak", threads }, steps: 3 });
    if (gflops) peak[threads] = Math.max(peak[threads] ?? 0, ...gflops);
  }
}

/** All results so far; shares are of the highest peak seen so far. */
function record() {
  const results = cases.map((one) => ({ ...summarize(one.benchCase, one.measured, peak), leftOut: one.leftOut }));
  const used = peers.map(({ id, ready }) => ({ id, ready }));
  return { schema: 2, date: new Date().toISOString(), machine, flops: FLOP_FORMULA, peak, peers: used, results };
}

function write() {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(record(), null, 1)}\n`);
}

function stopAll() {
  for (const { child } of peers) child?.stop();
  peakChild?.stop();
}
