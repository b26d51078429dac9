import { counterpart, differences } from '../scores/difference.js';
import { heatLevels } from '../scores/heat.js';
import type { HeatOptions } from '../scores/heat.js';
import { isSigned, methodNamed } from '../scores/methods.js';
import { alignSegments } from '../text/alignment.js';
import { makeDerive } from './derive.js';
import type { Derived } from './derive.js';
import { memo } from './memo.js';
import type { ShownChanges } from './shown-changes.js';
import type { Snapshot } from './snapshot.js';
import type { SideBySide } from './view-state.js';

/** The heat of a view compared with the heat of the one next to it. */
export interface ComparedHeat {
  /** What the colours mean. It is what the user chose, or `separate` while the other view has no heat of the same kind. */
  readonly sideBySide: SideBySide;
  readonly levels: Int8Array | null;
  readonly signed: boolean;
  /** The index of the counterpart of each segment in the other text, or -1. */
  readonly counterparts: Int32Array;
  /** The score that each segment has in the other text: null if it has no counterpart there, NaN outside the scale. */
  readonly otherValues: readonly (number | null)[] | null;
  /** Why the heat cannot be compared; '' if it can. */
  readonly obstacle: string;
}

const NOTHING_SELECTED = 'Select something in both texts to compare their heat.';
const LOADING = 'The scores of the other text are not there yet.';
const DIFFERENT_METHODS = 'The two texts are scored by different methods.';

/** Returns a function that compares the heat of a snapshot with that of the view next to it; null if there is none. */
export function makeComparedHeat(): (
  snapshot: Snapshot,
  derived: Derived,
  changes: ShownChanges | null,
) => ComparedHeat | null {
  const deriveOther = makeDerive();
  const alignFor = memo(alignSegments);
  const differencesFor = memo(differences);
  const levelsFor = memo(heatLevels);
  const valuesFor = memo(otherValues);
  const optionsFor = memo((scaling: HeatOptions['scaling'], intensity: number) => ({ scaling, intensity }));

  return (snapshot, derived, changes) => {
    const { compared, state } = snapshot;
    if (compared === null || changes === null) return null;
    const other = deriveOther(compared.other);
    const { isBefore } = compared;
    const [before, after] = isBefore ? [other, derived] : [derived, other];
    const alignment = alignFor(before.segments, after.segments, changes.matches);
    const counterparts = isBefore ? alignment.after : alignment.before;
    const obstacle = obstacleOf(snapshot, derived, other);
    const apart = { sideBySide: 'separate', levels: derived.levels, signed: derived.signed, counterparts } as const;
    if (derived.values === null || other.values === null || obstacle !== '') {
      return { ...apart, otherValues: null, obstacle };
    }
    const otherValues = valuesFor(other.values, counterparts);
    const options = optionsFor(state.scaling, state.intensity);
    if (state.sideBySide === 'separate') return { ...apart, otherValues, obstacle };
    if (state.sideBySide === 'shared') {
      const levels = levelsFor(derived.values, options, other.values);
      return { ...apart, sideBySide: 'shared', levels, signed: derived.signed || other.signed, otherValues, obstacle };
    }
    const change = isBefore
      ? differencesFor(other.values, derived.values, alignment)
      : differencesFor(derived.values, other.values, alignment);
    const [own, others] = isBefore ? [change.after, change.before] : [change.before, change.after];
    const levels = levelsFor(own, options, others);
    return { ...apart, sideBySide: 'difference', levels, signed: true, otherValues, obstacle };
  };
}

function obstacleOf(snapshot: Snapshot, derived: Derived, other: Derived): string {
  const theirs = snapshot.compared?.other;
  if (!theirs?.state.selection || snapshot.state.selection === null) return NOTHING_SELECTED;
  const [own, method] = [snapshot.state.method, theirs.state.method];
  if (own !== method) return DIFFERENT_METHODS;
  if (derived.values === null || other.values === null) return LOADING;
  const signed = isSigned(methodNamed(snapshot.methods, own), []);
  return signed !== isSigned(methodNamed(theirs.methods, method), []) ? DIFFERENT_METHODS : '';
}

function otherValues(values: Float64Array, indices: Int32Array): (number | null)[] {
  return Array.from(indices, (_, i) => counterpart(values, indices, i));
}
