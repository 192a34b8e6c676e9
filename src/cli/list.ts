import { backends } from "../backends/select.ts";
import { type CellEntry, cells } from "../cells/registry.ts";
import { unknownName } from "../errors.ts";
import { structures } from "../maps/registry.ts";
import type { Structure } from "../maps/structure.ts";
import { optimizers, schedules } from "../optim/registry.ts";
import { parametrizations } from "../parametrizations/registry.ts";
import { listRecipes } from "../runs/config/recipes.ts";
import { tasks } from "../tasks/registry.ts";
import { cellCost } from "./describe-cell.ts";
import { table, writeJson, writeLine } from "./output.ts";

interface Listed {
  readonly name: string;
  readonly description: string;
  readonly source?: string;
  /** Further facts, in columns of their own under `titles`. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** `stiefel list KIND`. */
export function list(kind: string, { json = false }: { readonly json?: boolean }): void {
  if (!Object.hasOwn(kinds, kind)) throw unknownName("list", kind, Object.keys(kinds));
  const entries: readonly Listed[] = kinds[kind as keyof typeof kinds]();
  if (json) writeJson(entries.map(({ facts, ...entry }) => ({ ...entry, ...facts })));
  else writeLine(table([...heads(entries), ...entries.map(row)]));
}

function row({ name, description, source, facts = {} }: Listed): string[] {
  return [name, ...Object.values(facts).map(String), source ? `${description} (${source})` : description];
}

const heads = ([first]: readonly Listed[]): string[][] =>
  first?.facts === undefined
    ? []
    : [["name", ...Object.keys(first.facts).map((key) => titles[key] ?? key), "description"]];

/** Width at which numbers are shown. */
const shownUnits = 128;

const titles: Readonly<Record<string, string>> = {
  recurrentParameters: `parameters (n = ${shownUnits})`,
  flopsPerStep: "flops per step",
};

const kinds = {
  cells: () =>
    named<CellEntry>(cells).map(({ name, description, paper, invariants, create }) => {
      const facts = { ...cellCost(create(), shownUnits), invariants };
      return { name, description, source: paper, facts };
    }),
  structures: () =>
    named<{ description: string; weights: string; create: () => Structure }>(structures).map(
      ({ name, description, weights, create }) => {
        const facts = {
          weights,
          flopsPerStep: Math.round(create().bind("W", shownUnits).flopsPerRow),
        };
        return { name, description, facts };
      },
    ),
  parametrizations: () => named(parametrizations).map(({ name, description }) => ({ name, description })),
  tasks: () => named(tasks).map(({ name, description }) => ({ name, description })),
  recipes: () => listRecipes().map(({ name, description, source }) => ({ name, description, source })),
  backends: () => Object.entries<string>(backends).map(([name, description]) => ({ name, description })),
  optimizers: () => named(optimizers).map(({ name, description }) => ({ name, description })),
  schedules: () => named(schedules).map(({ name, description }) => ({ name, description })),
} satisfies Record<string, () => Listed[]>;

function named<T extends object>(registry: Readonly<Record<string, T>>): ({ readonly name: string } & T)[] {
  return Object.entries(registry).map(([name, entry]) => ({ ...entry, name }));
}
