import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { writtenOf } from '../../core/state/request.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import granularities from '../../../../shared/granularities.json';

/** The next step, in one sentence, while nothing is selected. */
export function hintFor({ generation, sequence, tokens, state }: Snapshot): string {
  if (sequence === null) {
    if (writtenOf(generation) !== '' && generation.status === 'error') {
      return 'This is no whole answer, and is not explained. “Try again” has the model write it anew.';
    }
    if (generation.status !== 'pending') return '';
    return generation.report?.stage === 'writing'
      ? 'The answer can be explained as soon as it is written.'
      : 'The answer appears below the prompt while it is written.';
  }
  if (sequence.text === '') return 'The model answered with nothing. A segment of the prompt can still be explained.';
  if (tokens.status !== 'ready') return '';
  const noun = granularities[state.granularity.unit].noun;
  if (sequence.source === 'response') {
    return `Click a ${noun} of the answer to see what the model leaned on, or drag over several.`;
  }
  const more = generation.status === 'ready' ? ' The model’s own answer is in the list above.' : '';
  return `Click a ${noun} of the target to see what the model would lean on.${more}`;
}

/** What stands in the place of the text while there is none: what is the matter, and what to do. */
export function renderEmpty(title: string, text: string): TemplateResult {
  return html`<div class="empty">
    <h2>${title}</h2>
    <p>${text}</p>
  </div>`;
}
