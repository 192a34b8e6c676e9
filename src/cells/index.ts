/**
 * Recurrent cells: the equations, one file each, and `defineCell` for your own.
 *
 * @module
 */
export { type AntisymmetricOptions, antisymmetric } from "./antisymmetric.ts";
export {
  type Cell,
  type CellDefinition,
  complexProjection,
  complexRecurrent,
  complexState,
  defineCell,
  type MapSlot,
  perUnit,
  projection,
  real,
  recurrent,
} from "./cell.ts";
export { type CornnOptions, cornn } from "./cornn.ts";
export { type DtrivCellOptions, dtriv } from "./dtriv.ts";
export { type EurnnOptions, eurnn } from "./eurnn.ts";
export { type ExprnnOptions, exprnn } from "./exprnn.ts";
export { type GoruOptions, goru } from "./goru.ts";
export { type GruOptions, gru } from "./gru.ts";
export { type IndrnnOptions, indrnn } from "./indrnn.ts";
export { type KruOptions, kru } from "./kru.ts";
export { type LipschitzOptions, lipschitz } from "./lipschitz.ts";
export { type LruOptions, lru } from "./lru.ts";
export { type LstmOptions, lstm } from "./lstm.ts";
export { type MingruOptions, mingru } from "./mingru.ts";
export { type MinlstmOptions, minlstm } from "./minlstm.ts";
export { type NnrnnOptions, nnrnn } from "./nnrnn.ts";
export { type OrnnOptions, ornn } from "./ornn.ts";
export { type CellEntry, type CellName, cells, createCell } from "./registry.ts";
export { irnn, type RnnOptions, rnn } from "./rnn.ts";
export { type ScornnOptions, scornn } from "./scornn.ts";
export { type ScurnnOptions, scurnn } from "./scurnn.ts";
export { type SvdrnnOptions, svdrnn } from "./svdrnn.ts";
export { type FullCapacityOptions, fcurnn, type UrnnOptions, urnn } from "./urnn.ts";
export { type MapOverrides, withStructure } from "./with-structure.ts";
