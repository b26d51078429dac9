import type { Segment } from './segment.js';
import { overlaps } from './tokens.js';
import type { TokenizedText } from './tokens.js';
import type { Span } from './span.js';

/** A set of tokens of a sequence, as sorted ranges with gaps between them. Never empty. */
export type TokenSet = readonly Span[];

/** The tokens of both. */
export function union(set: TokenSet, span: Span): TokenSet {
  const apart = set.filter(({ start, end }) => end < span.start || span.end < start);
  const touching = set.filter((range) => !apart.includes(range));
  const joined = {
    start: Math.min(span.start, ...touching.map(({ start }) => start)),
    end: Math.max(span.end, ...touching.map(({ end }) => end)),
  };
  return [...apart, joined].sort((a, b) => a.start - b.start);
}

/** The tokens of spans that do not overlap. Spans that touch become one. */
export function setOfSpans(spans: readonly Span[]): TokenSet {
  const set: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = set.at(-1);
    if (last?.end === start) last.end = end;
    else set.push({ start, end });
  }
  return set;
}

/** The set without the tokens of a span; null if none are left. */
export function without(set: TokenSet, span: Span): TokenSet | null {
  const left = set.flatMap(({ start, end }) => {
    const [before, after] = [
      { start, end: Math.min(end, span.start) },
      { start: Math.max(start, span.end), end },
    ];
    return [before, after].filter((range) => range.start < range.end);
  });
  return left.length === 0 ? null : left;
}

export function covers(set: TokenSet, span: Span): boolean {
  return set.some(({ start, end }) => start <= span.start && span.end <= end);
}

export function setsEqual(a: TokenSet | null, b: TokenSet | null): boolean {
  if (a === null || b === null) return a === b;
  return keyOf(a) === keyOf(b);
}

export function countOf(set: TokenSet): number {
  return set.reduce((count, { start, end }) => count + end - start, 0);
}

/** The first token of the set, and the one after its last. */
export function boundsOf(set: TokenSet): Span {
  return { start: set[0]?.start ?? 0, end: set.at(-1)?.end ?? 0 };
}

/** The ranges as text: "3-5.9-10", each with its first token and the one after its last. */
export function keyOf(set: TokenSet): string {
  return set.map(({ start, end }) => `${String(start)}-${String(end)}`).join('.');
}

/** Parses the output of `keyOf`; null if it is invalid or has tokens beyond `count`. */
export function parseKey(key: string, count: number): TokenSet | null {
  let set: TokenSet | null = null;
  for (const range of key.split('.')) {
    const [, start = '', end = ''] = /^(\d+)-(\d+)$/.exec(range) ?? [];
    const span = { start: Number(start), end: Number(end) };
    if (start === '' || span.start >= span.end || span.end > count) return null;
    set = set === null ? [span] : union(set, span);
  }
  return set;
}

/** How much of a segment is selected. */
export const OUT = 0;
export const PART = 1;
export const WHOLE = 2;

/** OUT, PART or WHOLE for each segment. Special tokens are never selected. */
export function marksOf(segments: readonly Segment[], set: TokenSet | null): Uint8Array {
  const marks = new Uint8Array(segments.length);
  if (set === null) return marks;
  let at = 0;
  for (const [i, { tokens, special }] of segments.entries()) {
    while (at < set.length && (set[at]?.end ?? 0) <= tokens.start) at += 1;
    const range = set[at];
    if (range === undefined) break;
    if (special || !overlaps(range, tokens)) continue;
    // The first token of the sequence is never selected, so a segment is whole without it.
    marks[i] = range.start <= Math.max(1, tokens.start) && tokens.end <= range.end ? WHOLE : PART;
  }
  return marks;
}

/** 1 for the selected tokens, else 0. Special tokens inside a range are left out: the model did not generate them. */
export function maskOf({ special }: Pick<TokenizedText, 'special'>, set: TokenSet): number[] {
  const mask = special.map(() => 0);
  for (const { start, end } of set) {
    for (let i = start; i < Math.min(end, mask.length); i++) mask[i] = special[i] === true ? 0 : 1;
  }
  return mask;
}
