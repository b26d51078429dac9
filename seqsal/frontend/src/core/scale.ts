import { segmentScores } from './aggregate.js';
import type { Aggregation } from './aggregate.js';
import type { Segment } from './segments.js';
import { OUT, boundsOf } from './token-set.js';
import type { TokenSet } from './token-set.js';

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
