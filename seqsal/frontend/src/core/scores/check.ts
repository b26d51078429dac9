import { keyOf, setsEqual } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';

/** Parts of the text that were removed together, and the effect on the selection. */
export interface Removal {
  readonly removed: TokenSet;
  /** log p(selection) - log p(selection without them), in nats. */
  readonly effect: number;
}

/** What removing the segments of a text, one at a time, does to a selection. Immutable. */
export interface Check {
  /** All segments that can be removed, in text order. */
  readonly segments: readonly Span[];
  /** For each segment the effect of its removal in nats; null if it has not been removed yet. */
  readonly effects: readonly (number | null)[];
  /** Removals of several segments at once. */
  readonly together: readonly Removal[];
}

/** The name of the method whose scores are the effects of single removals. */
export const REMOVAL_METHOD = 'ablation';

/** The smallest effect that counts, in nats: a change of the probability by about a tenth. */
export const NOTICEABLE = 0.1;

export function emptyCheck(segments: readonly Span[]): Check {
  return { segments, effects: segments.map(() => null), together: [] };
}

/** The check of these segments; undefined if there is none. */
export function checkOf(checks: readonly Check[], segments: readonly Span[]): Check | undefined {
  return checks.find((check) => sameSegments(check.segments, segments));
}

export function sameSegments(a: readonly Span[], b: readonly Span[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every(({ start, end }, i) => start === b[i]?.start && end === b[i].end);
}

/** The check with the effect of one more removal. */
export function withEffect(check: Check, removed: TokenSet, effect: number): Check {
  const at = indexOfSegment(check, removed);
  if (at >= 0) return { ...check, effects: check.effects.with(at, effect) };
  const others = check.together.filter((other) => !setsEqual(other.removed, removed));
  return { ...check, together: [...others, { removed, effect }] };
}

/** The effect of a removal; null if it is unknown. */
export function effectOf(check: Check, removed: TokenSet): number | null {
  const at = indexOfSegment(check, removed);
  if (at >= 0) return check.effects[at] ?? null;
  const key = keyOf(removed);
  return check.together.find((other) => keyOf(other.removed) === key)?.effect ?? null;
}

function indexOfSegment({ segments }: Check, removed: TokenSet): number {
  const [span] = removed;
  if (removed.length !== 1 || span === undefined) return -1;
  return segments.findIndex(({ start, end }) => start === span.start && end === span.end);
}

/** How many segments have been removed. */
export function removedCount({ effects }: Check): number {
  return effects.filter((effect) => effect !== null).length;
}

/**
 * The effects as scores of `count` tokens: each token has its segment's effect divided by the number of the segment's tokens, and
 * tokens of other segments have 0.
 */
export function effectScores({ segments, effects }: Check, count: number): number[] {
  const scores = new Array<number>(count).fill(0);
  for (const [i, { start, end }] of segments.entries()) {
    scores.fill((effects[i] ?? 0) / (end - start), start, end);
  }
  return scores;
}
