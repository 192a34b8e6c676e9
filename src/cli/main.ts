#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { endOnBrokenPipe } from "./interrupt.ts";
import { reportError } from "./report-error.ts";

// Commands are imported when they run: help and mistakes in usage answer at once.
const program = new Command("stiefel")
  .description("Recurrent networks whose memory neither explodes nor fades: train, resume, evaluate.")
  .version(packageVersion())
  .showSuggestionAfterError()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    "after",
    `
Examples:
  stiefel train copying --cell scornn --set task.delay=1000
  stiefel train --recipe demo
  stiefel train pixel-mnist --set task.permuted=true --data DIR
  stiefel resume runs/copying-scornn-20260101-120000
  stiefel list recipes`,
  );

program
  .command("train")
  .description("train a model on a task, from the published settings of the two unless told otherwise")
  .argument("[task]", "copying, adding, pixel-mnist (see stiefel list tasks); a recipe names its own")
  .option("--recipe <name>", "settings to start from: a name (see stiefel list recipes) or a YAML file")
  .option("--cell <name>", "recurrent cell (see stiefel list cells)")
  .option("--units <n>", "units of each layer", whole)
  .option("--layers <n>", "recurrent layers", whole)
  .option("--set <path=value>", "any option by its dotted path, e.g. optimizer.lr=1e-3 (repeatable)", collect, [])
  .addOption(new Option("--iterations <n>", "updates to train for").argParser(whole).conflicts("epochs"))
  .addOption(new Option("--epochs <n>", "passes over the training examples to train for").argParser(whole))
  .option("--batch <n>", "rows of a batch", whole)
  .option("--seed <n>", "seed of every random draw", wholeOrZero)
  .addOption(backendOption())
  .option("--threads <n>", "threads; the numbers do not depend on it (default: all)", whole)
  .option("--data <dir>", "folder that holds mnist/ … (default: STIEFEL_DATA, or the user's data folder)")
  .option("--out <dir>", "run folder, new or empty (default: runs/TASK-CELL-TIME)")
  .option("--dry-run", "show the resolved settings and the memory they take; train nothing")
  .option("--json", "newline-delimited JSON on stdout and nothing else")
  .addHelpText("after", "\nOptions by --set go before the others, and those before the recipe's.")
  .action(async (task, options) => {
    const { train } = await import("./train.ts");
    process.exitCode = await train(task, options);
  });

program
  .command("resume")
  .description("go on with a run from its last checkpoint, to the same bits as if it had never stopped")
  .argument("<run>", "folder of the run, or its name within runs/")
  .option("--previous", "from the checkpoint before the last")
  .addOption(new Option("--iterations <n>", "train to this many updates in all").argParser(whole).conflicts("epochs"))
  .addOption(new Option("--epochs <n>", "train to this many epochs in all").argParser(whole))
  .addOption(backendOption())
  .option("--threads <n>", "threads; the numbers do not depend on it", whole)
  .option("--data <dir>", "folder that holds mnist/ …")
  .option("--json", "newline-delimited JSON on stdout and nothing else")
  .action(async (run, options) => {
    const { resume } = await import("./resume.ts");
    process.exitCode = await resume(run, options);
  });

program
  .command("evaluate")
  .description("loss and metrics of a run's model on held-out data")
  .argument("<run>", "folder of the run, or its name within runs/")
  .addOption(new Option("--split <name>", "held-out data").choices(["validation", "test"]).default("test"))
  .addOption(backendOption())
  .option("--threads <n>", "threads", whole)
  .option("--data <dir>", "folder that holds mnist/ …")
  .option("--json", "one JSON object on stdout")
  .action(async (run, options) => {
    const { evaluateRun } = await import("./evaluate.ts");
    process.exitCode = await evaluateRun(run, options);
  });

program
  .command("list")
  .description("what there is: cells, structures, parametrizations, tasks, recipes, backends, optimizers or schedules")
  .argument("<kind>", "cells, structures, parametrizations, tasks, recipes, backends, optimizers, schedules")
  .option("--json", "a JSON array on stdout")
  .action(async (kind, options) => {
    const { list } = await import("./list.ts");
    list(kind, options);
  });

program
  .command("analyze")
  .description("what a recurrent map can reach: analyze capacity --cell urnn --units 8, or analyze RUN capacity")
  .argument("<subject>", "capacity, or the folder of a run")
  .argument("[analysis]", "of a run: capacity")
  .option("--cell <name>", "cell (stiefel list cells)")
  .option("--units <n>", "units", whole)
  .option("--set <path=value>", "an option such as model.cell.capacity=4 (repeatable)", collect)
  .option("--json", "one JSON object per map on stdout")
  .action(async (subject, analysis, options) => {
    const { analyze } = await import("./analyze.ts");
    analyze(subject, analysis, options);
  });

const data = program.command("data").description("data sets: list them, or download one");
data
  .command("list")
  .description("data sets that can be downloaded, and which are there")
  .option("--data <dir>", "folder that holds mnist/ … (default: STIEFEL_DATA, or the user's data folder)")
  .option("--json", "a JSON array on stdout")
  .action(async (options) => {
    const { dataList } = await import("./data.ts");
    await dataList(options);
  });
data
  .command("get")
  .description("download a data set with checksums, going on where an earlier attempt was cut off")
  .argument("<name>", "mnist")
  .option("--data <dir>", "folder that is to hold mnist/ … (default: STIEFEL_DATA, or the user's data folder)")
  .option(
    "--mirror <url>",
    "base URL to download from (repeatable; default: STIEFEL_MIRRORS or the known ones)",
    collect,
  )
  .option("--json", "newline-delimited JSON on stdout and nothing else")
  .action(async (name, options) => {
    const { dataGet } = await import("./data.ts");
    await dataGet(name, options);
  });

program
  .command("doctor")
  .description("what this machine offers: compiler, SIMD, threads, memory, GPU; what is missing and how to get it")
  .option("--json", "one JSON object on stdout")
  .action(async (options) => {
    const { doctor } = await import("./doctor.ts");
    await doctor(options);
  });

for (const command of [program, ...program.commands, ...data.commands]) {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "stiefel: ")) });
}

endOnBrokenPipe();
try {
  await program.parseAsync();
} catch (error) {
  // Commander has already said what is wrong; help and version end with code 0.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportError(error);
}

function backendOption(): Option {
  return new Option("--backend <name>", "what computes").choices(["auto", "native", "wasm", "reference"]);
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && text.trim() !== "") return value;
  throw new InvalidArgumentError("Expected a whole number of at least 1.");
}

function wholeOrZero(text: string): number {
  return text.trim() === "0" ? 0 : whole(text);
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return version as string;
}
