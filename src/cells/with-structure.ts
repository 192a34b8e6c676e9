import { UsageError } from "../errors.ts";
import { type StructureSpec, structure as structureOf, structures } from "../maps/registry.ts";
import { type ParametrizationSpec, parametrization as parametrizationOf } from "../parametrizations/registry.ts";
import type { Cell } from "./cell.ts";
import type { MapSlot } from "./slots.ts";

export interface MapOverrides {
  readonly structure?: StructureSpec | undefined;
  readonly parametrization?: ParametrizationSpec | undefined;
}

/**
 * The same cell with another structure or parametrization of all its recurrent maps, gates included: a diagonal LSTM is
 * `withStructure(lstm(), { structure: "diagonal" })`. Where the old parametrization cannot make the new structure's weights,
 * they are free.
 *
 * @throws UsageError when the cell has no map, or maps of another field than asked for, or of a structure of their own
 */
export function withStructure(cell: Cell, { structure, parametrization }: MapOverrides): Cell {
  if (structure === undefined && parametrization === undefined) return cell;
  const entries = Object.entries(cell.slots.maps);
  if (entries.length === 0) {
    throw new UsageError(
      `The cell "${cell.name}" has no recurrent map whose structure or parametrization could be chosen; leave both out.`,
    );
  }
  const maps = entries.map(([name, slot]): [string, MapSlot] => {
    const chosen = structure === undefined ? slot.structure : structureOf(structure);
    const way = parametrization === undefined ? slot.parametrization : parametrizationOf(parametrization);
    requireField(cell, slot, "structure", chosen);
    requireField(cell, slot, "parametrization", { name: way.name, field: way.properties.field });
    const keepsWay = parametrization !== undefined || takesMatrices(chosen.name);
    return [name, { ...slot, structure: chosen, parametrization: keepsWay ? way : parametrizationOf("free") }];
  });
  return cell.withMaps(Object.fromEntries(maps));
}

/** Structures made of square matrices, which a parametrization can make. */
const takesMatrices = (name: string): boolean => ["dense", "block-diagonal", "permuted-block"].includes(name);

function requireField(
  cell: Cell,
  slot: MapSlot,
  kind: string,
  { name, field }: { readonly name: string; readonly field: string },
): void {
  if (field === slot.field && takesMatrices(slot.structure.name)) return;
  if (field === slot.field && kind === "structure" && name === slot.structure.name) return;
  const reason = takesMatrices(slot.structure.name)
    ? `its maps are ${slot.field} and "${name}" is ${field}; ${valid[slot.field]}`
    : `its map is a ${slot.structure.name}, which is what the cell is for; leave ${kind} out`;
  throw new UsageError(`The cell "${cell.name}" does not take the ${kind} "${name}": ${reason}.`);
}

const valid = {
  real: `it takes the structures ${Object.keys(structures).join(", ")}, and any real parametrization such as "exponential"`,
  complex: 'it takes the structure "dense" only, with a complex parametrization such as "complex-cayley" or "unitary"',
} as const;
