// The quick questions about a segment, as items of its menu.
import { quickQuestions } from '../../core/state/quick-questions.js';
import type { QuickKind } from '../../core/state/quick-questions.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import type { Segment } from '../../core/text/segment.js';
import granularities from '../../../../shared/granularities.json';
import type { QuickItem } from '../panels/segment-menu.js';

const LABELS: Record<QuickKind, string> = {
  duplicate: 'Duplicate',
  up: 'Move up',
  down: 'Move down',
  swap: 'Swap with the example before',
  mask: 'Mask names and numbers',
};

/** What each of them changes, for labels that do not say it. */
function whatOf(kind: QuickKind, noun: string): string {
  return kind === 'swap' || kind === 'mask' ? '' : `the ${noun}`;
}

export function quickItems({ example, tokens, state }: Snapshot, segment: Segment): QuickItem[] {
  if (example === null || tokens.status !== 'ready') return [];
  const questions = quickQuestions(example.prompt, tokens.value, segment, state.granularity.unit);
  return questions.map(({ kind, unit, prompt, obstacle }) => ({
    label: LABELS[kind],
    what: obstacle === '' ? whatOf(kind, granularities[unit].noun) : obstacle,
    prompt,
    disabled: obstacle !== '',
  }));
}
