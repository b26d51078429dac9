import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Note } from '../../core/state/caveats.js';
import { define } from '../common/element.js';
import { controls } from '../common/styles.js';

const WHERE_MORE =
  'PATH is a folder with a checkpoint of Transformers, or the id of a model on a hub. ' +
  'See “Your own models and prompts” in the README.';

/** Small notes: what is not exact, with the reason in a tooltip, and whether the model is only for demonstration. */
export class SeqsalNotes extends LitElement {
  static override properties = {
    notes: { attribute: false },
    demonstration: {},
  };

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
      code {
        font-family: 'Share Tech Mono', ui-monospace, monospace;
        white-space: nowrap;
        color: var(--seqsal-ink);
      }
      @container seqsal (width < 640px) {
        .more {
          display: none;
        }
      }
      @container seqsal (width < 440px) {
        p {
          padding-inline: 6px;
        }
      }
      /* With four views side by side, the answer needs every line. */
      @container seqsal (width < 260px) {
        .how {
          display: none;
        }
      }
    `,
  ];

  declare notes: readonly Note[];
  /** For a demonstration model: how to load a real one; else ''. */
  declare demonstration: string;

  constructor() {
    super();
    this.notes = [];
    this.demonstration = '';
  }

  protected override render(): TemplateResult {
    return html`${this.#renderDemonstration()}${this.#renderNotes()}`;
  }

  #renderDemonstration(): TemplateResult | typeof nothing {
    if (this.demonstration === '') return nothing;
    return html`<p class="demonstration">
      A small demonstration model<span class="more">, trained on a few kinds of prompt</span
      ><span class="how">. To load a real one: <code title=${WHERE_MORE}>${this.demonstration}</code></span
      ><span class="more"> (see the README)</span>
    </p>`;
  }

  #renderNotes(): TemplateResult | typeof nothing {
    if (this.notes.length === 0) return nothing;
    const parts = this.notes.map(({ text, help }, i) => html`${i > 0 ? ' · ' : ''}<span title=${help}>${text}</span>`);
    return html`<p>On this server, ${parts}.</p>`;
  }
}

define('seqsal-notes', SeqsalNotes);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-notes': SeqsalNotes;
  }
}
