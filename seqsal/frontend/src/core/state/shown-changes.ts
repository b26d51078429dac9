import { changesBetween } from '../text/changes.js';
import type { Change } from '../text/changes.js';
import { memo } from './memo.js';
import type { Snapshot } from './snapshot.js';

/** The changes of a text against the one next to it. */
export interface ShownChanges {
  /** Those that can be seen in this text, in order. */
  readonly here: readonly Change[];
  /** Those that can be seen in the other one. */
  readonly there: readonly Change[];
  /** Whether the other text is the one before the changes. */
  readonly otherIsBefore: boolean;
}

/** Returns a function that finds the changes of a snapshot; null if no text is next to it, or if the two have little in common. */
export function makeShownChanges(): (snapshot: Snapshot) => ShownChanges | null {
  const changesFor = memo(changesBetween);
  const shownFor = memo((changes: ReturnType<typeof changesBetween>, otherIsBefore: boolean): ShownChanges | null => {
    if (changes === null) return null;
    const [here, there] = otherIsBefore ? [changes.after, changes.before] : [changes.before, changes.after];
    return { here, there, otherIsBefore };
  });
  return ({ tokens, compared }) => {
    if (tokens.status !== 'ready' || compared === null) return null;
    const { text, isBefore } = compared;
    const changes = isBefore ? changesFor(text, tokens.value) : changesFor(tokens.value, text);
    return shownFor(changes, isBefore);
  };
}
