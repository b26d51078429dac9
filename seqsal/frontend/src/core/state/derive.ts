import { scaleScores } from '../scores/aggregate.js';
import type { Aggregation } from '../scores/aggregate.js';
import { REMOVAL_METHOD, effectScores } from '../scores/check.js';
import type { Check } from '../scores/check.js';
import { concentration } from '../scores/concentration.js';
import type { Concentration } from '../scores/concentration.js';
import { heatLevels } from '../scores/heat.js';
import { isSigned, mapMethod, methodNamed, scoresSegments } from '../scores/methods.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import { shares } from '../scores/ranking.js';
import { partShares } from '../scores/thinking.js';
import type { PartShares } from '../scores/thinking.js';
import { segmentTokens } from '../text/segments.js';
import type { Segment } from '../text/segment.js';
import { marksOf } from '../text/token-set.js';
import { findCheck, makeCompare } from './checked.js';
import type { Checked, FoundCheck } from './checked.js';
import { memo } from './memo.js';
import type { ViewedText } from './snapshot.js';

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
  /** The shares of the prompt, the thinking and the answer; null if no thinking is before the selection. */
  readonly parts: PartShares | null;
  /** What removing segments does; null if these segments have not been checked. */
  readonly checked: Checked | null;
}

const NO_SEGMENTS: readonly Segment[] = [];
const NO_CHECKS: readonly Check[] = [];
const NO_SCORES = { values: null, levels: null, concentration: null, shares: null, parts: null } as const;

/** Returns a function that derives from snapshots and recomputes only what has changed. */
export function makeDerive(): (snapshot: ViewedText) => Derived {
  const segmentsFor = memo(segmentTokens);
  const marksFor = memo(marksOf);
  const checkFor = memo(findCheck);
  const compare = makeCompare();
  const scoresFor = makeScores();
  const heatFor = makeHeat();

  return (snapshot) => {
    const { state, methods, tokens, segmentation, salience, scored } = snapshot;
    const { selection } = state;
    const segments = tokens.status === 'ready' ? segmentsFor(tokens.value, segmentation) : NO_SEGMENTS;
    const marks = marksFor(segments, selection);
    const method = methodNamed(methods, state.method);
    if (selection === null || salience.status !== 'ready') {
      return { segments, marks, signed: isSigned(method, []), checked: null, ...NO_SCORES };
    }
    const found = checkFor(scored?.checks ?? NO_CHECKS, segments, selection, marks, scored?.shared);
    const map = methodNamed(methods, mapMethod(methods, state.method));
    const mapScores = methodScores(salience.value, map?.name ?? null);
    const checked = compare(found, mapScores, segments, selection, marks, aggregationOf(map, snapshot));
    const scores = scoresFor(snapshot, found);
    const signed = isSigned(method, scores ?? []);
    if (scores === null) return { segments, marks, signed, checked, ...NO_SCORES };
    return {
      segments,
      marks,
      signed,
      checked,
      ...heatFor(snapshot, scores, segments, selection, marks, aggregationOf(method, snapshot)),
    };
  };
}

/** Returns a function that gives the token scores of the shown method; for removals, those of a check. */
function makeScores(): (snapshot: ViewedText, found: FoundCheck | null) => readonly number[] | null {
  const effectsFor = memo(effectScores);
  return ({ state: { method }, salience, tokens, offers }, found) => {
    if (salience.status !== 'ready' || tokens.status !== 'ready') return null;
    if (method === REMOVAL_METHOD && found !== null) return effectsFor(found.check, tokens.value.tokens.length);
    return method === REMOVAL_METHOD && offers.check ? null : methodScores(salience.value, method);
  };
}

type ScaleArguments = Parameters<typeof scaleScores>;
type Heat = Pick<Derived, 'values' | 'levels' | 'concentration' | 'shares' | 'parts'>;

function makeHeat(): (snapshot: ViewedText, ...scale: ScaleArguments) => Heat {
  const valuesFor = memo(scaleScores);
  const sumsFor = memo(scaleScores);
  const concentrationFor = memo(concentration);
  const sharesFor = memo(shares);
  const partsFor = memo(partShares);
  const levelsFor = memo(heatLevels);
  const optionsFor = memo((scaling: 'value' | 'rank', intensity: number) => ({ scaling, intensity }));
  return ({ state: { scaling, intensity } }, scores, segments, selection, marks, aggregation) => {
    const values = valuesFor(scores, segments, selection, marks, aggregation);
    const sums = sumsFor(scores, segments, selection, marks, 'sum');
    const levels = levelsFor(values, optionsFor(scaling, intensity));
    const own = sharesFor(sums);
    return { values, levels, concentration: concentrationFor(sums), shares: own, parts: partsFor(own, sums, segments) };
  };
}

/** Tokens of a scored segment each have a part of its score, so only their sum has a meaning. */
function aggregationOf(method: MethodDescription | null, { state }: ViewedText): Aggregation {
  return scoresSegments(method) ? 'sum' : state.aggregation;
}

function methodScores(scores: Scores, method: string | null): readonly number[] | null {
  return method === null ? null : (scores[method] ?? null);
}
