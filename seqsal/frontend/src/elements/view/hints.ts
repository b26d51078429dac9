import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { partialText } from '../../core/state/request.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import granularities from '../../../../shared/granularities.json';

/** The next step in one sentence, while nothing is selected. */
export function hintFor({ generation, sequence, tokens, state, offers }: Snapshot): string {
  if (sequence === null) {
    if (partialText(generation) !== '' && generation.status === 'error') {
      return 'This answer is incomplete and cannot be explained. “Try again” generates it again.';
    }
    if (generation.status !== 'pending') return '';
    return generation.progress?.stage === 'writing'
      ? 'The answer can be explained as soon as it is complete.'
      : 'The answer appears below the prompt while the model writes it.';
  }
  if (sequence.text === '') return 'The model’s answer is empty. A segment of the prompt can still be explained.';
  if (tokens.status !== 'ready') return '';
  const noun = granularities[state.granularity.unit].noun;
  if (sequence.source === 'response') {
    const change = offers.comparison ? ' Double-click one of the prompt to change it.' : '';
    return `Click a ${noun} of the answer to see what it depends on, or drag over several.${change}`;
  }
  const more = generation.status === 'ready' ? ' The model’s own answer is in the list above.' : '';
  return `Click a ${noun} of the target to see what it depends on.${more}`;
}

const NEXT_STEP = 'The model’s answer appears here. A click on it shows which parts of the prompt it depends on.';

/** Shown while no prompt is chosen. A host that takes new prompts puts a field for one into the slot, with a heading of its own. */
export function renderStart(): TemplateResult {
  return html`<div class="empty">
    <slot name="new-prompt"><h2>Choose a prompt in the Data Table</h2></slot>
    <p>${NEXT_STEP}</p>
  </div>`;
}

/** Shown instead of the text while there is none: the situation, and what to do. */
export function renderEmpty(title: string, text: string): TemplateResult {
  return html`<div class="empty">
    <h2>${title}</h2>
    <p>${text}</p>
  </div>`;
}
