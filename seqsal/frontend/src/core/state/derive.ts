import { scaleScores } from '../scores/aggregate.js';
import { concentration } from '../scores/concentration.js';
import type { Concentration } from '../scores/concentration.js';
import { heatLevels } from '../scores/heat.js';
import { isSigned, methodNamed } from '../scores/methods.js';
import type { Scores } from '../scores/methods.js';
import { shares } from '../scores/ranking.js';
import { segmentTokens } from '../text/segments.js';
import type { Segment } from '../text/segments.js';
import { marksOf } from '../text/token-set.js';
import { memo } from './memo.js';
import type { Snapshot } from './snapshot.js';

/** What follows from a snapshot and is drawn: segments, their scores, their heat. */
export interface Derived {
  readonly segments: readonly Segment[];
  /** How much of each segment is selected: OUT, PART or WHOLE. */
  readonly marks: Uint8Array;
  /** One per segment, NaN outside of the scale; null while there are no scores. */
  readonly values: Float64Array | null;
  readonly levels: Int8Array | null;
  readonly signed: boolean;
  readonly concentration: Concentration | null;
  /** The part of all salience that each segment holds. */
  readonly shares: Float64Array | null;
}

const NO_SEGMENTS: readonly Segment[] = [];

/** A function from snapshots to what follows from them, which computes again only what has changed. */
export function makeDerive(): (snapshot: Snapshot) => Derived {
  const segmentsFor = memo(segmentTokens);
  const scoresFor = memo(scaleScores);
  const sumsFor = memo(scaleScores);
  const concentrationFor = memo(concentration);
  const sharesFor = memo(shares);
  const levelsFor = memo(heatLevels);
  const optionsFor = memo((scaling: 'value' | 'rank', intensity: number) => ({ scaling, intensity }));
  const marksFor = memo(marksOf);

  return ({ state, methods, tokens, cut, salience }) => {
    const { selection, aggregation, scaling, intensity } = state;
    const segments = tokens.status === 'ready' ? segmentsFor(tokens.value, cut) : NO_SEGMENTS;
    const marks = marksFor(segments, selection);
    const scores = salience.status === 'ready' ? methodScores(salience.value, state.method) : null;
    const method = methodNamed(methods, state.method);
    if (scores === null || selection === null) {
      const signed = isSigned(method, []);
      return { segments, marks, values: null, levels: null, signed, concentration: null, shares: null };
    }
    const values = scoresFor(scores, segments, selection, marks, aggregation);
    const levels = levelsFor(values, optionsFor(scaling, intensity));
    const sums = sumsFor(scores, segments, selection, marks, 'sum');
    return {
      segments,
      marks,
      values,
      levels,
      signed: isSigned(method, scores),
      concentration: concentrationFor(sums),
      shares: sharesFor(sums),
    };
  };
}

function methodScores(scores: Scores, method: string | null): readonly number[] | null {
  return method === null ? null : (scores[method] ?? null);
}
