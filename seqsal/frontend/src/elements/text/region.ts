import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import './certainty.js';

/** One of the two regions of the text: its name, for the answer the switch for its certainty, and room for its segments. */
export interface Region {
  readonly region: 'prompt' | 'target';
  readonly name: string;
  /** Whether its segments are there, and can be chosen. */
  readonly open: boolean;
  /** Whether it is shown how sure the model was; null for no switch. */
  readonly certainty: boolean | null;
  /** Whether that is known yet. */
  readonly known: boolean;
}

export function renderRegion({ region, name, open, certainty, known }: Region): TemplateResult {
  return html`<div class="region ${region}">
    <div class="head">
      <span class="name" id=${region}>${name}</span>
      ${certainty === null ? nothing : html`<seqsal-certainty .on=${certainty} .known=${known}></seqsal-certainty>`}
    </div>
    <div
      class="flow"
      role=${open ? 'listbox' : nothing}
      aria-multiselectable=${open ? 'true' : nothing}
      aria-labelledby=${open ? region : nothing}
    ></div>
  </div>`;
}

/** While an answer is written, the prompt above it stays as it is. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
