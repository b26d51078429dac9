// The thinking in an answer: blocks of tokens that the model writes before what it answers.
import type { TokenSet } from './token-set.js';
import { boundsOf } from './token-set.js';
import type { Span } from './tokens.js';

/** Reads the ranges [start, end) that servers, kernels and files send; what is no range is left out. */
export function readRanges(values: unknown): Span[] {
  if (!Array.isArray(values)) return [];
  return (values as unknown[]).flatMap((value) => {
    const [start, end] = Array.isArray(value) ? (value as unknown[]) : [];
    return typeof start === 'number' && typeof end === 'number' && start < end ? [{ start, end }] : [];
  });
}

/** The number of the block that a token is in; -1 if it is in none. */
export function blockAt(thinking: readonly Span[], token: number): number {
  return thinking.findIndex(({ start, end }) => start <= token && token < end);
}

/** Whether a block ends before a selection, so that what falls on it can be passed on. */
export function precedes(thinking: readonly Span[], selection: TokenSet): boolean {
  const [first] = thinking;
  return first !== undefined && first.end <= boundsOf(selection).start;
}
