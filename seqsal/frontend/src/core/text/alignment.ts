import type { Match } from './changes.js';
import type { Segment } from './segment.js';
import type { Span } from './span.js';

/** For each segment of one text, the index of its counterpart in the other text, or -1 if it has none. */
export interface Alignment {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Segments with a smaller share of common characters, such as a full stop, are not pairs because of them. */
const LEAST_SHARED = 0.3;

/**
 * Pairs the segments of two versions of a text. Each segment has one counterpart at most.
 *
 * Those that have most characters in common are pairs. Between two pairs, segments that have nothing in common, such as a sentence that
 * was rewritten, are pairs if there are as many of them on both sides.
 */
export function alignSegments(
  before: readonly Segment[],
  after: readonly Segment[],
  matches: readonly Match[],
): Alignment {
  const alignment = { before: new Int32Array(before.length).fill(-1), after: new Int32Array(after.length).fill(-1) };
  const shared = sharedCharacters(before, after, matches, alignment).sort((a, b) => b.count - a.count);
  for (const { from, to, count } of shared) {
    const shorter = Math.min(before[from]?.text.trim().length ?? 0, after[to]?.text.trim().length ?? 0);
    if (count >= LEAST_SHARED * shorter) pair(alignment, from, to);
  }
  pairBetween(alignment, before, after);
  return alignment;
}

function pair({ before, after }: Alignment, from: number, to: number): void {
  if (before[from] === -1 && after[to] === -1) [before[from], after[to]] = [to, from];
}

interface Shared {
  readonly from: number;
  readonly to: number;
  count: number;
}

/**
 * How many characters, without white space at the ends of segments, each two segments have in common. Segments with the same text are
 * pairs at once: neither can have more in common with another.
 */
function sharedCharacters(
  before: readonly Segment[],
  after: readonly Segment[],
  matches: readonly Match[],
  alignment: Alignment,
): Shared[] {
  const pairs = new Map<number, Shared>();
  const [own, others] = [before.map(coreOf), after.map(coreOf)];
  for (const match of matches) {
    const shift = match.after - match.before;
    let j = firstAfter(others, match.after);
    for (let i = firstAfter(own, match.before); i < own.length; i++) {
      const from = own[i];
      if (!from || from.start >= match.before + match.length) break;
      const [start, end] = [
        Math.max(from.start, match.before) + shift,
        Math.min(from.end, match.before + match.length) + shift,
      ];
      while (j < others.length && (others[j]?.end ?? 0) <= start) j += 1;
      for (let k = j; k < others.length && (others[k]?.start ?? 0) < end; k++) {
        const other = others[k];
        if (!other || before[i]?.special !== false || after[k]?.special !== false) continue;
        const count = Math.min(other.end, end) - Math.max(other.start, start);
        if (count === from.end - from.start && count === other.end - other.start) pair(alignment, i, k);
        else if (count > 0) add(pairs, { from: i, to: k, count }, after.length);
      }
    }
  }
  return [...pairs.values()];
}

function add(pairs: Map<number, Shared>, shared: Shared, width: number): void {
  const key = shared.from * width + shared.to;
  const known = pairs.get(key);
  if (known) known.count += shared.count;
  else pairs.set(key, shared);
}

function coreOf({ chars, text }: Segment): Span {
  const core = text.trim();
  if (core === '') return chars;
  const start = chars.start + text.indexOf(core);
  return { start, end: start + core.length };
}

/** The index of the first span that ends after a character. */
function firstAfter(spans: readonly Span[], at: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.end ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Pairs runs of segments without counterparts that are as long on both sides, between the same neighbours. */
function pairBetween(alignment: Alignment, before: readonly Segment[], after: readonly Segment[]): void {
  const isOpen = (indices: Int32Array, segments: readonly Segment[], i: number): boolean =>
    indices[i] === -1 && segments[i]?.special === false;
  for (let i = 0; i < before.length; i++) {
    if (!isOpen(alignment.before, before, i)) continue;
    let end = i;
    while (isOpen(alignment.before, before, end) && before[end]?.region === before[i]?.region) end += 1;
    const start = i === 0 ? 0 : (alignment.before[i - 1] ?? -1) + 1;
    const region = before[i]?.region;
    let count = 0;
    while (isOpen(alignment.after, after, start + count) && after[start + count]?.region === region) count += 1;
    const anchored = i === 0 || alignment.before[i - 1] !== -1;
    if (anchored && count === end - i) for (let k = 0; k < count; k++) pair(alignment, i + k, start + k);
    i = end - 1;
  }
}
