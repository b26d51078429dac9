import { concentration, segmentScores } from './aggregate.js';
import type { Concentration } from './aggregate.js';
import { heatLevels } from './heat.js';
import type { Scores } from './host.js';
import { memo } from './memo.js';
import { isSigned } from './methods.js';
import { segmentTokens, segmentsOf } from './segments.js';
import type { Segment } from './segments.js';
import type { Snapshot } from './store.js';
import type { Span } from './tokens.js';

/** What follows from a snapshot and is drawn: segments, their scores, their heat. */
export interface Derived {
  readonly segments: readonly Segment[];
  /** Segment indices [start, end) that the selection touches. */
  readonly selected: Span;
  /** One per segment, NaN outside of the scale; null while there are no scores. */
  readonly values: Float64Array | null;
  readonly levels: Int8Array | null;
  readonly signed: boolean;
  readonly concentration: Concentration | null;
}

const NOTHING: Span = { start: 0, end: 0 };
const NO_SEGMENTS: readonly Segment[] = [];

/** A function from snapshots to what follows from them, which computes again only what has changed. */
export function makeDerive(): (snapshot: Snapshot) => Derived {
  const segmentsFor = memo(segmentTokens);
  const scoresFor = memo(segmentScores);
  const sumsFor = memo(segmentScores);
  const concentrationFor = memo(concentration);
  const levelsFor = memo(heatLevels);
  const optionsFor = memo((scaling: 'value' | 'rank', intensity: number) => ({ scaling, intensity }));
  const selectedFor = memo(segmentsOf);

  return ({ state, tokens, cut, salience }) => {
    const { selection, aggregation, scaling, intensity } = state;
    const segments = tokens.status === 'ready' ? segmentsFor(tokens.value, cut) : NO_SEGMENTS;
    const selected = selection ? selectedFor(segments, selection) : NOTHING;
    const scores = salience.status === 'ready' ? methodScores(salience.value, state.method) : null;
    if (scores === null || selection === null) {
      const signed = isSigned(state.method, []);
      return { segments, selected, values: null, levels: null, signed, concentration: null };
    }
    const values = scoresFor(scores, segments, selection.start, aggregation);
    const levels = levelsFor(values, optionsFor(scaling, intensity));
    const mass = concentrationFor(sumsFor(scores, segments, selection.start, 'sum'));
    return { segments, selected, values, levels, signed: isSigned(state.method, scores), concentration: mass };
  };
}

function methodScores(scores: Scores, method: string | null): readonly number[] | null {
  return method === null ? null : (scores[method] ?? null);
}
