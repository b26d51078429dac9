import type { Segment } from '../text/segment.js';
import { OUT, boundsOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';

export const AGGREGATIONS = ['sum', 'mean', 'max'] as const;
/** How the scores of a segment's tokens are combined. `max` is the score farthest from zero, with its sign. */
export type Aggregation = (typeof AGGREGATIONS)[number];

/**
 * One score for each segment; NaN for segments outside the scale.
 *
 * Outside are special tokens, which have much salience but no text, and segments that end after token `before`: a causal model
 * does not see what comes later. A score that is not finite counts as 0.
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
    const raw = scores[i] ?? 0;
    const score = Number.isFinite(raw) ? raw : 0;
    sum += score;
    if (Math.abs(score) > Math.abs(farthest)) farthest = score;
  }
  if (aggregation === 'max') return farthest;
  return aggregation === 'sum' ? sum : sum / Math.max(1, end - start);
}

/**
 * One score for each segment; NaN outside the scale: special tokens, selected and partly selected segments, and what comes after
 * the last selected token. A segment in a gap of the selection is in the scale, because the selected tokens after it depend on it.
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

/**
 * The indices of the segments in the scale, as in `scaleScores`, that can be removed: in a contrast those in the `shared` tokens
 * that both texts begin with.
 */
export function removableSegments(
  segments: readonly Segment[],
  selection: TokenSet,
  marks: Uint8Array,
  shared = Infinity,
): number[] {
  const end = Math.min(boundsOf(selection).end, shared);
  const indices: number[] = [];
  for (const [i, { tokens, special }] of segments.entries()) {
    if (!special && tokens.end <= end && (marks[i] ?? OUT) === OUT) indices.push(i);
  }
  return indices;
}
