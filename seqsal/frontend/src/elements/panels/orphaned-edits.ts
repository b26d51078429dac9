import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { OrphanedEdit } from '../../core/state/edit.js';
import { define } from '../common/element.js';
import { shorten } from '../common/format.js';
import { controls } from '../common/styles.js';

/** Edits whose prompts are no longer in the dataset. Dispatches `discard` with the key of one as its detail. */
export class SeqsalOrphanedEdits extends LitElement {
  static override properties = { edits: { attribute: false } };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
        font-size: 12px;
        line-height: 16px;
        color: var(--seqsal-ink);
      }
      details {
        padding: 3px 12px;
        border-top: 1px solid var(--seqsal-line);
      }
      textarea {
        box-sizing: border-box;
        width: 100%;
        margin-block: 4px;
        font: inherit;
        resize: vertical;
      }
      button {
        padding: 0;
        border: 0;
        background: none;
        color: var(--seqsal-accent);
      }
      button:hover {
        text-decoration: underline;
      }
    `,
  ];

  declare edits: readonly OrphanedEdit[];

  constructor() {
    super();
    this.edits = [];
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.edits.length === 0) return nothing;
    return html`${this.edits.map((each) => this.#renderEdit(each))}`;
  }

  #renderEdit({ key, prompt, text }: OrphanedEdit): TemplateResult {
    return html`<details>
      <summary>An edit that was not run: its prompt, “${shorten(prompt, 60)}”, is no longer in this dataset.</summary>
      <textarea readonly rows="4" aria-label="The text of the edit" dir="auto" .value=${text}></textarea>
      <button
        @click=${() => {
          this.dispatchEvent(new CustomEvent('discard', { detail: key }));
        }}
      >
        Discard it
      </button>
    </details>`;
  }
}

define('seqsal-orphaned-edits', SeqsalOrphanedEdits);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-orphaned-edits': SeqsalOrphanedEdits;
  }
}
