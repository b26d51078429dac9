import { agreementOf } from '../scores/agreement.js';
import type { Agreement } from '../scores/agreement.js';
import { removableSegments, scaleScores } from '../scores/aggregate.js';
import type { Aggregation } from '../scores/aggregate.js';
import { checkOf } from '../scores/check.js';
import type { Check } from '../scores/check.js';
import { passageEffects, passagesOf } from '../scores/passages.js';
import type { Passage, PassageEffect } from '../scores/passages.js';
import { planRemovals } from '../scores/removal-plan.js';
import type { Segment } from '../text/segment.js';
import type { TokenSet } from '../text/token-set.js';
import { memo } from './memo.js';

/** A check, and how far the map agrees with it. */
export interface Checked {
  readonly check: Check;
  /** The indices of the segments of the check among all segments. */
  readonly indices: readonly number[];
  /** The effect of removing each segment of the text; NaN if it is unknown. */
  readonly effects: Float64Array;
  /** Null while there is no map. */
  readonly agreement: Agreement | null;
  /** Whether removals are missing before the check of this map is complete. */
  readonly incomplete: boolean;
  /** The passage of several segments whose removal costs most; null for a short text, and if none matters. */
  readonly passage: PassageEffect | null;
}

/** A check of some segments of the text. */
export interface FoundCheck {
  readonly check: Check;
  readonly indices: readonly number[];
  readonly effects: Float64Array;
}

/** The check of the segments that can be removed; null if there is none. `shared` is as in `removableSegments`. */
export function findCheck(
  checks: readonly Check[],
  segments: readonly Segment[],
  selection: TokenSet,
  marks: Uint8Array,
  shared?: number,
): FoundCheck | null {
  if (checks.length === 0) return null;
  const indices = removableSegments(segments, selection, marks, shared);
  const spans = indices.flatMap((i) => segments[i]?.tokens ?? []);
  const check = checkOf(checks, spans);
  if (check === undefined) return null;
  const effects = new Float64Array(segments.length).fill(NaN);
  for (const [at, i] of indices.entries()) effects[i] = check.effects[at] ?? NaN;
  return { check, indices, effects };
}

/** Compares a check with a map: its token scores and the other arguments of `scaleScores`. */
type Compare = (found: FoundCheck | null, scores: readonly number[] | null, ...scale: Scale) => Checked | null;
type Scale = [segments: readonly Segment[], selection: TokenSet, marks: Uint8Array, aggregation: Aggregation];

/** Returns a function that compares checks with maps and recomputes only what has changed. */
export function makeCompare(): Compare {
  const mapFor = memo(scaleScores);
  const passagesFor = memo(passagesOf);
  const agreementFor = memo(compareWith);
  return (found, scores, ...scale) => {
    if (found === null) return null;
    const map = scores && mapFor(scores, ...scale);
    const passages = passagesFor(scale[0], found.indices);
    return { ...found, ...(map ? agreementFor(found, map, passages) : NO_MAP) };
  };
}

const NO_MAP = { agreement: null, incomplete: false, passage: null } as const;

function compareWith(
  { check, indices }: FoundCheck,
  map: Float64Array,
  passages: readonly Passage[],
): Pick<Checked, 'agreement' | 'incomplete' | 'passage'> {
  const values = indices.map((i) => map[i] ?? 0);
  const passage = passageEffects(check, passages).find((each) => each.passage.segments.length > 1) ?? null;
  const incomplete = planRemovals(check, values, { passages }).length > 0;
  return { agreement: agreementOf(check, values), incomplete, passage };
}
