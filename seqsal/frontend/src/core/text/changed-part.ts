import type { Rewrite } from './rearrange.js';

/** The most characters of a word that a change is extended by: some scripts have no spaces. */
const MOST_EXTENDED = 40;

/** What one text has in place of a part of another, extended to whole words; null if they are the same. */
export function changedPart(before: string, after: string): Rewrite | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  let end = before.length - tail;
  // Something to type into: an insertion between spaces takes a word next to it along.
  if (before.slice(start, end).trim() === '') start = before.slice(0, start).trimEnd().length;
  start = wordStart(before, start);
  if (before.slice(start, end).trim() === '') {
    end += before.slice(end).length - before.slice(end).trimStart().length;
    end = wordEnd(before, end);
  } else if (/\S/.test(before[end - 1] ?? '')) end = wordEnd(before, end);
  return { chars: { start, end }, text: after.slice(start, after.length - (before.length - end)) };
}

function wordStart(text: string, from: number): number {
  let at = from;
  while (at > 0 && from - at < MOST_EXTENDED && /\S/.test(text[at - 1] ?? ' ')) at -= 1;
  return isInsidePair(text, at) ? at - 1 : at;
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && at - from < MOST_EXTENDED && /\S/.test(text[at] ?? ' ')) at += 1;
  return isInsidePair(text, at) ? at + 1 : at;
}

/** Whether a place is between the two code units of one character. */
function isInsidePair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '');
}
