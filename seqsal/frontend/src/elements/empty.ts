import { html } from 'lit';
import type { TemplateResult } from 'lit';

/** What stands in the place of the text while there is none: what is the matter, and what to do. */
export function renderEmpty(title: string, text: string): TemplateResult {
  return html`<div class="empty">
    <h2>${title}</h2>
    <p>${text}</p>
  </div>`;
}
