import { NOTICEABLE, effectOf, removedCount } from './check.js';
import type { Check } from './check.js';
import { mean, rankCorrelation } from './rank-correlation.js';
import { rankOf } from './ranking.js';
import { removalsTogether, togetherCount } from './removal-plan.js';

/** A rank correlation below this means that map and removals disagree. */
export const LEAST_CORRELATION = 0.3;
/** The fewest removed segments for which a rank correlation is computed: of fewer it is mostly chance. */
const LEAST_REMOVED = 5;
/**
 * Segments hide each other if their removal together has at least twice the effect of their single removals added up, and at
 * least one nat more (the selection is 2.7 times less likely than that sum says).
 */
const HIDDEN = { factor: 2, nats: 1 } as const;

/** How far a map agrees with what removals do. */
export interface Agreement {
  readonly removed: number;
  readonly of: number;
  /** The rank correlation over the removed segments; null if there are fewer than five, or if it is undefined. */
  readonly correlation: number | null;
  /** The index of the segment whose removal costs the selection most. */
  readonly strongest: number;
  /** Its rank on the map by absolute value, from 1. */
  readonly rank: number;
  /** The segment that the map has first, if that is another one and it was removed. */
  readonly first: { readonly index: number; readonly effect: number } | null;
  /** Whether the map says that it speaks against the selection. */
  readonly against: boolean;
  /** `flat`: no removal has a noticeable effect. */
  readonly verdict: 'agree' | 'disagree' | 'flat';
  readonly together: TogetherEffect | null;
}

/** What removing the strongest segments of the map at once does: of a signed map, those that support the selection most. */
export interface TogetherEffect {
  readonly indices: readonly number[];
  readonly effect: number;
  /** The mean effect of as many others at random; null if it is unknown. */
  readonly atRandom: number | null;
  /** The effect of keeping only the strongest; null if it is unknown. */
  readonly kept: number | null;
  /** Whether the strongest segments hide each other from single removals. */
  readonly hidden: boolean;
}

/**
 * Compares a map with the removals made so far. Null before any.
 *
 * Map and removals disagree if the segment whose removal costs most is not among the strongest three of the map (fewer for a
 * short text) or speaks against the selection there, or if their rank correlation is below 0.3.
 *
 * @param values - the map: one number for each segment of the check.
 */
export function agreementOf(check: Check, values: readonly number[]): Agreement | null {
  const removed = check.effects.flatMap((effect, index) => (effect === null ? [] : [{ effect, index }]));
  const [some] = removed;
  if (some === undefined) return null;
  const strongest = removed.reduce((best, each) => (each.effect > best.effect ? each : best), some);
  const value = values[strongest.index] ?? 0;
  const rankAt = (index: number): number => rankOf(values, index)?.rank ?? 1;
  const rank = rankAt(strongest.index);
  const first = rank === 1 ? null : (removed.find(({ index }) => rankAt(index) === 1) ?? null);
  const correlation =
    removed.length < LEAST_REMOVED
      ? null
      : rankCorrelation(
          removed.map(({ index }) => values[index] ?? 0),
          removed.map(({ effect }) => effect),
        );
  const [together, total] = [togetherOf(check, values), check.segments.length];
  const noticed = removed.some(({ effect }) => Math.abs(effect) >= NOTICEABLE);
  const against = value < 0;
  const missed = strongest.effect >= NOTICEABLE && (against || rank > Math.max(1, togetherCount(total)));
  const verdict = !noticed ? 'flat' : missed || (correlation ?? 1) < LEAST_CORRELATION ? 'disagree' : 'agree';
  return {
    removed: removedCount(check),
    of: total,
    correlation,
    strongest: strongest.index,
    rank,
    first,
    against,
    verdict,
    together,
  };
}

function togetherOf(check: Check, values: readonly number[]): TogetherEffect | null {
  const plan = removalsTogether(check.segments, values);
  const effect = plan && effectOf(check, plan.strongest);
  if (plan === null || effect === null) return null;
  const controls = plan.controls.map((set) => effectOf(check, set)).filter((each) => each !== null);
  const singles = plan.indices.map((i) => check.effects[i] ?? null).filter((each) => each !== null);
  const sum = singles.reduce((a, b) => a + b, 0);
  return {
    indices: plan.indices,
    effect,
    atRandom: controls.length === 0 ? null : mean(controls),
    kept: effectOf(check, plan.others),
    hidden: singles.length === plan.indices.length && effect >= HIDDEN.factor * sum && effect - sum >= HIDDEN.nats,
  };
}
