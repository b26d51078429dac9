import type { Segment } from '../text/segments.js';
import { OUT, boundsOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/tokens.js';

export const AGGREGATIONS = ['sum', 'mean', 'max'] as const;
/** How the scores of a segment's tokens become one. `max` is the score farthest from zero, with its sign. */
export type Aggregation = (typeof AGGREGATIONS)[number];

/**
 * One score per segment; NaN where a segment is outside of the scale.
 *
 * Outside are special tokens, which soak up mass without being text, and every segment that reaches to `before`, the
 * first selected token, or past it: a causal model cannot have leaned on what comes later. A score that is not finite counts as 0.
 */
export function segmentScores(
  scores: readonly number[],
  segments: readonly Segment[],
  before: number,
  aggregation: Aggregation,
): Float64Array {
  const values = new Float64Array(segments.length).fill(NaN);
  for (const [i, { tokens, special }] of segments.entries()) {
    if (special || tokens.end > before) continue;
    values[i] = combine(scores, tokens, aggregation);
  }
  return values;
}

function combine(scores: readonly number[], { start, end }: Span, aggregation: Aggregation): number {
  let [sum, farthest] = [0, 0];
  for (let i = start; i < end; i++) {
    const given = scores[i] ?? 0;
    const score = Number.isFinite(given) ? given : 0;
    sum += score;
    if (Math.abs(score) > Math.abs(farthest)) farthest = score;
  }
  if (aggregation === 'max') return farthest;
  return aggregation === 'sum' ? sum : sum / Math.max(1, end - start);
}

/**
 * One score per segment; NaN outside of the scale: special tokens, what is selected itself, wholly or in part, and what
 * comes after the last selected token. A segment in a gap of the selection is in the scale, for what is selected after
 * it has been written with it in view.
 */
export function scaleScores(
  scores: readonly number[],
  segments: readonly Segment[],
  selection: TokenSet,
  marks: Uint8Array,
  aggregation: Aggregation,
): Float64Array {
  const values = segmentScores(scores, segments, boundsOf(selection).end, aggregation);
  for (const [i, mark] of marks.entries()) {
    if (mark !== OUT) values[i] = NaN;
  }
  return values;
}
