import { nextOf, strongest } from '../../core/scores/ranking.js';
import type { Derived } from '../../core/state/derive.js';
import type { Change } from '../../core/text/changes.js';
import { changedSegments } from '../text/changes-painter.js';
import type { Jump } from '../text/steps.js';

/** The next of the strongest or of the changed segments, in text order from the current one; null if there is none. */
export function jumpFrom(
  current: number,
  { among, direction }: Jump,
  { segments, values, concentration }: Derived,
  changes: readonly Change[],
): number | null {
  if (among === 'changes') return nextOf(changedSegments(segments, changes), current, direction);
  return values && nextOf(strongest(values, concentration?.strongest ?? 1), current, direction);
}
