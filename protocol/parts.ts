import { partBytes } from "./primitives.ts"

/** How many parts a sealed record of `size` bytes goes up in; 1: by a single PUT. */
export const partCount = (size: number): number => Math.max(1, Math.ceil(size / partBytes))

/** Bytes of part `number`, counted from 1: all have `partBytes` but the last one. */
export const partLength = (size: number, number: number): number =>
  number < partCount(size) ? partBytes : size - partBytes * (partCount(size) - 1)
