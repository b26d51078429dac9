import type { Segment } from './segments.js';
import type { Span } from './tokens.js';

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

/** How concentrated salience is: what the strongest few segments hold, and what they would hold if all were equal. */
export interface Concentration {
  readonly strongest: number;
  readonly of: number;
  readonly share: number;
  readonly even: number;
}

/** The concentration of segment sums, or null where nothing was scored. The mass of a signed score is its size. */
export function concentration(sums: Float64Array): Concentration | null {
  // A Float64Array sorts its numbers without a comparison in script, which is ten times as fast.
  const masses = sums
    .filter((sum) => !Number.isNaN(sum))
    .map(Math.abs)
    .sort();
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (masses.length < 2 || total === 0) return null;
  const strongest = fewOf(masses.length);
  const top = masses.subarray(-strongest).reduce((sum, mass) => sum + mass, 0);
  return { strongest, of: masses.length, share: top / total, even: strongest / masses.length };
}

/** How many of `count` segments are "the strongest few": a third of a handful, then five, then one in a hundred. */
function fewOf(count: number): number {
  if (count < 15) return Math.max(1, Math.floor(count / 3));
  return Math.max(5, Math.round(count / 100));
}

/** Where one segment stands among all that are in the scale. */
export interface Standing {
  readonly value: number;
  readonly rank: number;
  readonly of: number;
}

export function standingOf(values: Float64Array, index: number): Standing | null {
  const value = values[index];
  if (value === undefined || Number.isNaN(value)) return null;
  const size = Math.abs(value);
  let rank = 1;
  let of = 0;
  for (const other of values) {
    if (Number.isNaN(other)) continue;
    of += 1;
    if (Math.abs(other) > size) rank += 1;
  }
  return { value, rank, of };
}
