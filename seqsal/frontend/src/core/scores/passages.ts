import { setOfSpans } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Segment } from '../text/segment.js';
import { NOTICEABLE, effectOf } from './check.js';
import type { Check } from './check.js';

/** From this number of segments on, a check removes passages before it removes most of the segments. */
const LEAST_SEGMENTS = 25;
/** About how many passages a text has. */
const PASSAGES = 12;
const LEAST_LENGTH = 4;

/** Consecutive segments of a check: a paragraph, several short ones, or a part of a long one. */
export interface Passage {
  /** The indices of its segments among those of the check. */
  readonly segments: readonly number[];
  readonly tokens: TokenSet;
}

/** A passage and the effect of its removal. */
export interface PassageEffect {
  readonly passage: Passage;
  readonly effect: number;
}

/**
 * The passages of a long text, so that a check need not trust the map alone: what removing each of a dozen passages does says in
 * which of them the cause is. Empty for a text of few segments.
 *
 * @param segments - all segments of the text.
 * @param indices - those of the check.
 */
export function passagesOf(segments: readonly Segment[], indices: readonly number[]): readonly Passage[] {
  if (indices.length < LEAST_SEGMENTS) return [];
  const length = Math.max(LEAST_LENGTH, Math.ceil(indices.length / PASSAGES));
  const chosen = indices.flatMap((i) => segments[i] ?? []);
  const passages = merged(paragraphsOf(chosen), length).flatMap((paragraph) => partsOf(paragraph, length));
  return passages.map((places) => ({
    segments: places,
    tokens: setOfSpans(places.flatMap((place) => chosen[place]?.tokens ?? [])),
  }));
}

/** The known effects of passages that matter noticeably, the largest first. */
export function passageEffects(check: Check, passages: readonly Passage[]): PassageEffect[] {
  return passages
    .flatMap((passage) => {
      const effect = effectOf(check, passage.tokens);
      return effect !== null && effect >= NOTICEABLE ? [{ passage, effect }] : [];
    })
    .sort((a, b) => b.effect - a.effect);
}

/** The places of the segments of each paragraph. Other tokens between two segments, such as those of a template, end one, too. */
function paragraphsOf(segments: readonly Segment[]): number[][] {
  const paragraphs: number[][] = [];
  for (const [place, segment] of segments.entries()) {
    const before = segments[place - 1];
    const last = paragraphs.at(-1);
    if (before === undefined || last === undefined || isBetweenParagraphs(before, segment)) paragraphs.push([place]);
    else last.push(place);
  }
  return paragraphs;
}

function isBetweenParagraphs(before: Segment, after: Segment): boolean {
  return before.tokens.end !== after.tokens.start || /\n\s*\n\s*$/.test(before.text) || /^\s*\n\s*\n/.test(after.text);
}

/** Short paragraphs are joined with what follows, up to one and a half times the length. */
function merged(paragraphs: readonly (readonly number[])[], length: number): number[][] {
  const found: number[][] = [];
  for (const paragraph of paragraphs) {
    const last = found.at(-1);
    if (last && last.length < length && last.length + paragraph.length <= 1.5 * length) last.push(...paragraph);
    else found.push([...paragraph]);
  }
  return found;
}

/** A paragraph as a whole if it has up to one and a half times the length, or else parts of about the same length. */
function partsOf(paragraph: readonly number[], length: number): number[][] {
  const count = paragraph.length <= 1.5 * length ? 1 : Math.ceil(paragraph.length / length);
  const edge = (part: number): number => Math.round((part * paragraph.length) / count);
  return Array.from({ length: count }, (_, part) => paragraph.slice(edge(part), edge(part + 1)));
}
