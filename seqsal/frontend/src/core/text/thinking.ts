// The thinking in an answer: blocks of tokens that the model writes before what it answers.
import type { TokenSet } from './token-set.js';
import { boundsOf } from './token-set.js';
import type { Span } from './span.js';

/** The texts between which a model writes its thinking. */
export interface ThinkingMarks {
  readonly open: string;
  readonly close: string;
}

/** Reads the marks that servers and kernels send: pairs of texts. */
export function readMarks(values: unknown): ThinkingMarks[] {
  if (!Array.isArray(values)) return [];
  return (values as unknown[]).flatMap((value) => {
    const [open, close] = Array.isArray(value) ? (value as unknown[]) : [];
    return typeof open === 'string' && typeof close === 'string' ? [{ open, close }] : [];
  });
}

/** An answer in progress that begins with thinking, and what follows it so far. */
export interface WrittenThinking {
  readonly thinking: string;
  readonly answer: string;
}

/**
 * The thinking that an answer in progress begins with; null if it begins otherwise.
 *
 * @param text - the answer so far.
 * @param marks - the marks of the model.
 * @param opened - the open mark of the block that the answer begins in. Without it, a block that the prompt opened is found once it
 *   is closed.
 */
export function writtenThinking(
  text: string,
  marks: readonly ThinkingMarks[],
  opened?: string,
): WrittenThinking | null {
  if (text === '') return null;
  for (const { open, close } of marks) {
    if (opened !== undefined && opened !== open) continue;
    const [opens, at] = [opened === open || text.trimStart().startsWith(open), text.indexOf(close)];
    if (!opens && (at < 0 || text.slice(0, at).includes(open))) continue;
    const end = at < 0 ? text.length : at + close.length;
    const answer = text.slice(end).trimStart();
    return { thinking: text.slice(0, end), answer };
  }
  return null;
}

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
