import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Note } from '../core/caveats.js';
import { define } from './define.js';
import { controls } from './styles.js';

/** A quiet line on what is not exact here; a reason for each part is in its tooltip. */
export class SeqsalNotes extends LitElement {
  static override properties = { notes: { attribute: false } };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0;
        padding: 3px 12px;
        border-top: 1px solid var(--seqsal-line);
        font-size: 12px;
        line-height: 16px;
        color: var(--seqsal-muted);
      }
      [title] {
        text-decoration: underline dotted;
        text-underline-offset: 2px;
      }
    `,
  ];

  declare notes: readonly Note[];

  constructor() {
    super();
    this.notes = [];
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.notes.length === 0) return nothing;
    const parts = this.notes.map(({ text, help }, i) => html`${i > 0 ? ' · ' : ''}<span title=${help}>${text}</span>`);
    return html`<p>As far as this server tells: ${parts}.</p>`;
  }
}

define('seqsal-notes', SeqsalNotes);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-notes': SeqsalNotes;
  }
}
