import { stringify } from "yaml";
import type { Config } from "./config/config.ts";

export interface ModelCard {
  readonly name: string;
  readonly config: Config;
  readonly parameters: number;
  readonly iterations: number;
  /** Mean loss of the last 5 % of the iterations. */
  readonly loss: number;
  readonly baseline: number;
  /** Of held-out data. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly split: string;
}

/** The README.md of a run: a YAML header as model hubs read it, then the same for people. */
export function modelCard({ name, config, parameters, iterations, loss, baseline, metrics, split }: ModelCard): string {
  const { task, model, seed } = config;
  const results = Object.entries(metrics).map(([type, value]) => ({ type, value }));
  const header = stringify({
    library_name: "stiefel",
    tags: ["recurrent-neural-network", model.cell.name, task.name],
    metrics: Object.keys(metrics),
    "model-index": [
      {
        name,
        results: [
          {
            task: { type: task.name },
            dataset: { type: task.name, name: task.name, split },
            metrics: results,
          },
        ],
      },
    ],
  });
  const rows = results.map(({ type, value }) => `| ${type} (${split}) | ${value} |`);
  return [
    `---\n${header}---\n`,
    `# ${name}\n`,
    `A recurrent network (${model.cell.name}, ${layers(model.layers)} of ${model.units} units, ${parameters} parameters) trained on ` +
      `the task \`${task.name}\` for ${iterations} iterations with seed ${seed}.\n`,
    "| | |\n|---|---|",
    `| training loss, mean of the last 5 % | ${loss} |`,
    `| loss of the best memoryless predictor | ${baseline} |`,
    `${rows.join("\n")}\n`,
    "![loss over the iterations](loss.svg)\n",
    "- `config.json`: everything that determines this run",
    "- `checkpoint.safetensors`: the parameters under their own names; `optimizer.…` and `training.…` serve resuming",
    "- `metrics.jsonl`: loss, gradient norm and learning rate of every iteration, validation in between\n",
    `Evaluate it again with \`stiefel evaluate ${name}\`; train it again with the settings of \`config.json\`.\n`,
  ].join("\n");
}

function layers(count: number): string {
  return count === 1 ? "one layer" : `${count} layers`;
}
