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

/** What the view draws, computed from a snapshot: segments, their scores, their heat. */
export interface Derived {
  readonly segments: readonly Segment[];
  /** How much of each segment is selected: OUT, PART or WHOLE. */
  readonly marks: Uint8Array;
  /** One for each segment, NaN outside the scale; null while there are no scores. */
  readonly values: Float64Array | null;
  readonly levels: Int8Array | null;
  readonly signed: boolean;
  readonly concentration: Concentration | null;
  /** The share of all salience that each segment has. */
  readonly shares: Float64Array | null;
}

const NO_SEGMENTS: readonly Segment[] = [];

/** Returns a function that derives from snapshots and recomputes only what has changed. */
export function makeDerive(): (snapshot: Snapshot) => Derived {
  const segmentsFor = memo(segmentTokens);
  const scoresFor = memo(scaleScores);
  const sumsFor = memo(scaleScores);
  const concentrationFor = memo(concentration);
  const sharesFor = memo(shares);
  const levelsFor = memo(heatLevels);
  const optionsFor = memo((scaling: 'value' | 'rank', intensity: number) => ({ scaling, intensity }));
  const marksFor = memo(marksOf);

  return ({ state, methods, tokens, segmentation, salience }) => {
    const { selection, aggregation, scaling, intensity } = state;
    const segments = tokens.status === 'ready' ? segmentsFor(tokens.value, segmentation) : NO_SEGMENTS;
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
