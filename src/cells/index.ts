/**
 * Recurrent cells: the equations, one file each, and `defineCell` for your own.
 *
 * @module
 */
export { type Cell, type CellDefinition, defineCell, perUnit, projection, real, recurrent } from "./cell.ts";
export { type GruOptions, gru } from "./gru.ts";
export { type LstmOptions, lstm } from "./lstm.ts";
export { type CellEntry, type CellName, cells, createCell } from "./registry.ts";
export { irnn, type RnnOptions, rnn } from "./rnn.ts";
export { type ScornnOptions, scornn } from "./scornn.ts";
