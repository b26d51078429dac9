import type { Alignment } from '../text/alignment.js';

/** How much the score of each segment changed, for both texts: after minus before. */
export interface Differences {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/**
 * The change of the score of each segment from one text to another, from one score for each segment (NaN outside the scale). Paired
 * segments have the same difference. A segment without a counterpart is compared with 0: one that was added gained its score, and one
 * that was removed lost it. NaN if either score is outside its scale.
 */
export function differences(before: Float64Array, after: Float64Array, alignment: Alignment): Differences {
  return {
    before: before.map((value, i) => (counterpart(after, alignment.before, i) ?? 0) - value),
    after: after.map((value, i) => value - (counterpart(before, alignment.after, i) ?? 0)),
  };
}

/** The score of the counterpart of a segment; null if it has none. */
export function counterpart(values: Float64Array, indices: Int32Array, i: number): number | null {
  const other = indices[i] ?? -1;
  return other === -1 ? null : (values[other] ?? NaN);
}
