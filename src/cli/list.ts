import { backends } from "../backends/select.ts";
import { cells } from "../cells/registry.ts";
import { unknownName } from "../errors.ts";
import { optimizers, schedules } from "../optim/registry.ts";
import { parametrizations } from "../parametrizations/registry.ts";
import { listRecipes } from "../runs/config/recipes.ts";
import { tasks } from "../tasks/registry.ts";
import { table, writeJson, writeLine } from "./output.ts";

interface Listed {
  readonly name: string;
  readonly description: string;
  readonly source?: string;
}

/** `stiefel list KIND`. */
export function list(kind: string, { json = false }: { readonly json?: boolean }): void {
  if (!Object.hasOwn(kinds, kind)) throw unknownName("list", kind, Object.keys(kinds));
  const entries: readonly Listed[] = kinds[kind as keyof typeof kinds]();
  if (json) writeJson(entries);
  else
    writeLine(
      table(
        entries.map(({ name, description, source }) => [name, source ? `${description} (${source})` : description]),
      ),
    );
}

const kinds = {
  cells: () => named(cells).map(({ name, description, paper }) => ({ name, description, source: paper })),
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
