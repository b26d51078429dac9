import { changesBetween } from '../text/changes.js';
import type { Change, Match } from '../text/changes.js';
import { memo } from './memo.js';
import type { Sides, Snapshot } from './snapshot.js';

/** The changes of a text against the one next to it. */
export interface ShownChanges {
  /** Those that can be seen in this text, in order. */
  readonly here: readonly Change[];
  /** Those that can be seen in the other one. */
  readonly there: readonly Change[];
  /** The text that both have. */
  readonly matches: readonly Match[];
  /** Whether the other text is the one before the changes. */
  readonly otherIsBefore: boolean;
  /** What the two texts are called. */
  readonly sides: Sides;
}

/** Returns a function that finds the changes of a snapshot; null if no text is next to it, or if the two have little in common. */
export function makeShownChanges(): (snapshot: Snapshot) => ShownChanges | null {
  const changesFor = memo(changesBetween);
  const shownFor = memo(
    (changes: ReturnType<typeof changesBetween>, otherIsBefore: boolean, sides: Sides): ShownChanges | null => {
      if (changes === null) return null;
      const [here, there] = otherIsBefore ? [changes.after, changes.before] : [changes.before, changes.after];
      return { here, there, matches: changes.matches, otherIsBefore, sides };
    },
  );
  return ({ tokens, compared }) => {
    if (tokens.status !== 'ready' || compared === null) return null;
    const { other, isBefore, sides } = compared;
    if (other.tokens.status !== 'ready') return null;
    const [own, others] = [tokens.value, other.tokens.value];
    const changes = isBefore ? changesFor(others, own) : changesFor(own, others);
    return shownFor(changes, isBefore, sides);
  };
}
