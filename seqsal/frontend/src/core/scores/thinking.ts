// How much of the salience is on the thinking.
import type { Segment } from '../text/segment.js';

/** The shares of the salience, 0 to 1, on the parts of the text before a selection. */
export interface PartShares {
  readonly prompt: number;
  readonly thinking: number;
  /** On the answer besides its thinking. */
  readonly answer: number;
}

/** The part shares from the share of each segment; null if nothing before the selection is thinking. */
export function partShares(
  shares: Float64Array,
  values: Float64Array,
  segments: readonly Segment[],
): PartShares | null {
  const sums = { prompt: 0, thinking: 0, answer: 0 };
  let thinks = false;
  for (const [i, { region, thinking }] of segments.entries()) {
    if (Number.isNaN(values[i] ?? NaN)) continue;
    thinks ||= thinking;
    sums[thinking ? 'thinking' : region === 'prompt' ? 'prompt' : 'answer'] += shares[i] ?? 0;
  }
  return thinks ? sums : null;
}

/** What a folded block shows. */
export interface BlockSum {
  /** The sum of its segments, as a share of all salience, -1 to 1: those of opposite signs cancel out. */
  readonly net: number;
  /** Its share of the salience, of absolute values. */
  readonly share: number;
}

/** The sums of the segments between two tokens; null if none of them is in the scale. */
export function blockSum(
  shares: Float64Array,
  values: Float64Array,
  segments: readonly Segment[],
  { start, end }: { readonly start: number; readonly end: number },
): BlockSum | null {
  let [net, share, count] = [0, 0, 0];
  for (const [i, { tokens }] of segments.entries()) {
    const own = values[i] ?? NaN;
    if (tokens.start < start || tokens.end > end || Number.isNaN(own)) continue;
    const part = shares[i] ?? 0;
    [net, share, count] = [net + (own < 0 ? -part : part), share + part, count + 1];
  }
  return count === 0 ? null : { net, share };
}
