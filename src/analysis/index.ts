/**
 * What a recurrent map can be, and what a trained one is.
 *
 * @module
 */
export { type Capacity, type CapacityOptions, capacity, mapCapacity } from "./capacity.ts";
